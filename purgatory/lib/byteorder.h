/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of stated byte order at any alignment, the same on every target. */
#ifndef BYTEORDER_H
#define BYTEORDER_H

#include <stdint.h>

static inline uint16_t load16_le(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned int)p[1] << 8);
}

static inline uint32_t load32_le(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load64_le(const uint8_t *p)
{
	return (uint64_t)load32_le(p) | (uint64_t)load32_le(p + 4) << 32;
}

static inline uint16_t load16_be(const uint8_t *p)
{
	return (uint16_t)(p[1] | (unsigned int)p[0] << 8);
}

static inline uint32_t load32_be(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static inline uint64_t load64_be(const uint8_t *p)
{
	return (uint64_t)load32_be(p + 4) | (uint64_t)load32_be(p) << 32;
}

static inline void store16_le(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void store32_le(uint8_t *p, uint32_t v)
{
	store16_le(p, (uint16_t)v);
	store16_le(p + 2, (uint16_t)(v >> 16));
}

static inline void store64_le(uint8_t *p, uint64_t v)
{
	store32_le(p, (uint32_t)v);
	store32_le(p + 4, (uint32_t)(v >> 32));
}

static inline void store16_be(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void store32_be(uint8_t *p, uint32_t v)
{
	store16_be(p, (uint16_t)(v >> 16));
	store16_be(p + 2, (uint16_t)v);
}

static inline void store64_be(uint8_t *p, uint64_t v)
{
	store32_be(p, (uint32_t)(v >> 32));
	store32_be(p + 4, (uint32_t)v);
}

#endif
