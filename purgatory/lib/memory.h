/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory, without a C library. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* `dst` and `src` do not overlap. */
void mem_copy(void *dst, const void *src, size_t size);

/* `dst` and `src` may overlap. */
void mem_move(void *dst, const void *src, size_t size);

void mem_set(void *dst, unsigned char value, size_t size);

/* Reads all bytes of both whatever they hold: no early exit that tells where they differ. */
bool mem_equal(const void *a, const void *b, size_t size);

/* True when all bytes are zero. */
bool mem_is_zero(const void *p, size_t size);

#endif
