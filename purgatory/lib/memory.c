/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdint.h>

/* A word at any alignment and of any effective type. */
struct word {
	uint64_t v;
} __attribute__((packed, may_alias));

static void copy_upwards(unsigned char *dst, const unsigned char *src, size_t size)
{
	for (; size >= sizeof(struct word); size -= sizeof(struct word)) {
		((struct word *)dst)->v = ((const struct word *)src)->v;
		dst += sizeof(struct word);
		src += sizeof(struct word);
	}
	for (; size > 0; size--)
		*dst++ = *src++;
}

static void copy_downwards(unsigned char *dst, const unsigned char *src, size_t size)
{
	while (size > 0) {
		size--;
		dst[size] = src[size];
	}
}

void mem_copy(void *dst, const void *src, size_t size)
{
	copy_upwards(dst, src, size);
}

void mem_move(void *dst, const void *src, size_t size)
{
	/* Upwards is right unless `dst` begins inside the source; each word is read before it is written. */
	if ((uintptr_t)dst - (uintptr_t)src >= size)
		copy_upwards(dst, src, size);
	else
		copy_downwards(dst, src, size);
}

void mem_set(void *dst, unsigned char value, size_t size)
{
	unsigned char *p = dst;
	uint64_t all = value * UINT64_C(0x0101010101010101);

	for (; size >= sizeof(struct word); size -= sizeof(struct word)) {
		((struct word *)p)->v = all;
		p += sizeof(struct word);
	}
	for (; size > 0; size--)
		*p++ = value;
}

bool mem_equal(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a;
	const unsigned char *y = b;
	/* Volatile, so that no compiler may see that the rest no longer matters. */
	volatile unsigned char difference = 0;

	for (size_t i = 0; i < size; i++)
		difference = (unsigned char)(difference | (x[i] ^ y[i]));
	return difference == 0;
}

bool mem_is_zero(const void *p, size_t size)
{
	const unsigned char *x = p;
	unsigned char any = 0;

	for (size_t i = 0; i < size; i++)
		any = (unsigned char)(any | x[i]);
	return any == 0;
}

/*
 * Compilers call these four even in freestanding code (GCC manual, "Standards"; clang likewise).
 * A hosted build has them from its C library, where the sanitizers want theirs.
 */
#if !__STDC_HOSTED__
void *memcpy(void *restrict dst, const void *restrict src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
void *memset(void *dst, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *restrict dst, const void *restrict src, size_t size)
{
	mem_copy(dst, src, size);
	return dst;
}

void *memmove(void *dst, const void *src, size_t size)
{
	mem_move(dst, src, size);
	return dst;
}

void *memset(void *dst, int value, size_t size)
{
	mem_set(dst, (unsigned char)value, size);
	return dst;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}
#endif
