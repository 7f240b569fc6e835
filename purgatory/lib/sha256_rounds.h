/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds of SHA-256. Whoever includes it has included sha256.h and defined the four sigma functions before. */
#ifndef SHA256_ROUNDS_H
#define SHA256_ROUNDS_H

#include "byteorder.h"
#include "sha256_round.h"

#define ROUNDS_8(input)                                                                            \
	do {                                                                                       \
		ROUND(a, b, d, e, f, g, h, ab, bc, input(0));                                      \
		ROUND(h, a, c, d, e, f, g, ab, bc, input(1));                                      \
		ROUND(g, h, b, c, d, e, f, ab, bc, input(2));                                      \
		ROUND(f, g, a, b, c, d, e, ab, bc, input(3));                                      \
		ROUND(e, f, h, a, b, c, d, ab, bc, input(4));                                      \
		ROUND(d, e, g, h, a, b, c, ab, bc, input(5));                                      \
		ROUND(c, d, f, g, h, a, b, ab, bc, input(6));                                      \
		ROUND(b, c, e, f, g, h, a, ab, bc, input(7));                                      \
	} while (0)

/*
 * The message schedule in place, eight words at a time: `now` is the half of the last 16 words
 * that is replaced, `other` the one after it. Word i is the one from 16 rounds ago.
 */
#define FIRST(i) ((now[i] = load32_be(input + 4 * (i))) + constants[i])
#define NEXT(i)                                                                                    \
	((now[i] += small0((i) < 7 ? now[((i) + 1) & 7] : other[0]) +                              \
		    ((i) < 7 ? other[((i) + 1) & 7] : now[0]) +                                    \
		    small1((i) < 2 ? other[((i) + 6) & 7] : now[((i) - 2) & 7])) +                 \
	 constants[i])

static inline void sha256_rounds(uint32_t state[8], const uint8_t *data, size_t count)
{
	uint32_t w[16];

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES) {
		const uint32_t *constants = sha256_constants;
		const uint8_t *input = data;
		uint32_t *now = w;
		uint32_t *other = w + 8;
		uint32_t a = state[0];
		uint32_t b = state[1];
		uint32_t c = state[2];
		uint32_t d = state[3];
		uint32_t e = state[4];
		uint32_t f = state[5];
		uint32_t g = state[6];
		uint32_t h = state[7];
		uint32_t bc = b ^ c;
		uint32_t ab;

		for (; constants < sha256_constants + 16; constants += 8) {
			ROUNDS_8(FIRST);
			input += 32;
			now += 8;
		}
		now = w;
		for (; constants < sha256_constants + 64; constants += 8) {
			uint32_t *done = now;

			ROUNDS_8(NEXT);
			now = other;
			other = done;
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
		state[5] += f;
		state[6] += g;
		state[7] += h;
	}
}

#endif
