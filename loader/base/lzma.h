/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks what `xz --format=raw --lzma1=lc=0,lp=0,pb=0` packed. */
#ifndef LZMA_H
#define LZMA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Fills size bytes of `to` from `from`, once in a process, and reads nothing constant: it is what puts the constants
 * in place. Nothing of `from` is checked: the loader brings it along, and loader/pack/pack.c has unpacked it once.
 */
void lzma_unpack(uint8_t *to, size_t size, const uint8_t *from);

#endif
