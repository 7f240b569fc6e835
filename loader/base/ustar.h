/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of archive members in the one form that we write and take (POSIX.1-1988, "ustar"). */
#ifndef USTAR_H
#define USTAR_H

#include <stdbool.h>
#include <stdint.h>

enum { USTAR_BLOCK = 512, USTAR_NAME_BYTES = 100 };

/* The canonical header of a member. False when its name or its size does not fit. */
bool ustar_header(uint8_t header[static USTAR_BLOCK], const char *name, uint64_t size);

#endif
