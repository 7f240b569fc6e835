/* SPDX-License-Identifier: Apache-2.0 */
/* What BearSSL and libfdt take from a C library; purgatory/lib/memory.c and text.c of the loader have them. */
#ifndef FREESTANDING_STRING_H
#define FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
void *memset(void *dst, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *p, int value, size_t size);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t size);
char *strrchr(const char *s, int c);

#endif
