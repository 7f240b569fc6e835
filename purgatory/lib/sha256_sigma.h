/* SPDX-License-Identifier: Apache-2.0 */
/* The four sigma functions of SHA-256 (FIPS 180-4, 4.1.2) by rotations, for sha256_rounds.h. */
#ifndef SHA256_SIGMA_H
#define SHA256_SIGMA_H

#include <stdint.h>

/* `by` is never 0. */
static inline uint32_t rotate(uint32_t x, unsigned int by)
{
	return x >> by | x << (32 - by);
}

/*
 * Nested: rotating a partial sum costs one copy of x instead of three.
 * big0: 2, 13, 22; big1: 6, 11, 25; small0: 7, 18, shift 3; small1: 17, 19, shift 10.
 */
static inline uint32_t big0(uint32_t x)
{
	return rotate(x ^ rotate(x ^ rotate(x, 9), 11), 2);
}

static inline uint32_t big1(uint32_t x)
{
	return rotate(x ^ rotate(x ^ rotate(x, 14), 5), 6);
}

static inline uint32_t small0(uint32_t x)
{
	return rotate(x ^ rotate(x, 11), 7) ^ x >> 3;
}

static inline uint32_t small1(uint32_t x)
{
	return rotate(x ^ rotate(x, 2), 17) ^ x >> 10;
}

#endif
