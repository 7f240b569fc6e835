/* SPDX-License-Identifier: Apache-2.0 */
/* An image on stdin, made into what a loader leaves in memory. */
#ifndef LOADED_IMAGE_H
#define LOADED_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define LOADED_MAX 0x10000u

/* Page aligned; holds what load_image() was given, and nothing else. */
extern uint8_t loaded_image[LOADED_MAX];

/*
 * Takes `size` bytes: a head, then what its regions cover. The addresses in the head (regions,
 * crash region, kernel entry) count from the start of the image; they become real ones,
 * and the live digest is taken anew. Returns false when that is no image.
 */
int load_image(const uint8_t *source, size_t size);

/* What the digests cover has been changed on purpose: take the head's own two anew. */
void seal_static(void);
void seal_live(void);

#endif
