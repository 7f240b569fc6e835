/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of several messages at a time, one in each lane of a vector. Plain C with the compiler's vectors: whoever
 * includes it has defined LANES, the words that a vector of the CPU holds, and is compiled for that CPU.
 * It calls nothing.
 */
#ifndef SHA256_LANES_H
#define SHA256_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "byteorder.h"
#include "sha256_parts.h"
#include "sha256_round.h"

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

#ifdef LANES_SIGMA
/* The CPU has an instruction, LANES_SIGMA(words, big, which). */
static inline lanes big0(lanes x)
{
	return LANES_SIGMA(x, 1, 0);
}

static inline lanes big1(lanes x)
{
	return LANES_SIGMA(x, 1, 1);
}

static inline lanes small0(lanes x)
{
	return LANES_SIGMA(x, 0, 0);
}

static inline lanes small1(lanes x)
{
	return LANES_SIGMA(x, 0, 1);
}
#else
static inline lanes rotate(lanes x, unsigned int by)
{
	return x >> by | x << (32 - by);
}

static inline lanes big0(lanes x)
{
	return rotate(x, 2) ^ rotate(x, 13) ^ rotate(x, 22);
}

static inline lanes big1(lanes x)
{
	return rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25);
}

static inline lanes small0(lanes x)
{
	return rotate(x, 7) ^ rotate(x, 18) ^ x >> 3;
}

static inline lanes small1(lanes x)
{
	return rotate(x, 17) ^ rotate(x, 19) ^ x >> 10;
}
#endif

/* Word t of the schedule, which makes room for word t + 16. The last 16 are made for nothing, by the same few instructions. */
static inline lanes take_word(lanes w[16], unsigned int t)
{
	const lanes word = w[t % 16];

	w[t % 16] += small0(w[(t + 1) % 16]) + w[(t + 9) % 16] + small1(w[(t + 14) % 16]);
	return word + sha256_constants[t];
}

/*
 * Takes `count` blocks of each of LANES messages, which begin `stride` bytes apart, into their states.
 * Four rounds at a time, after which the variables move: a third of the code of sixteen, and as fast (docs/decisions, 35).
 */
static inline void sha256_lanes(uint32_t states[LANES][8], const uint8_t *data, size_t stride,
				size_t count)
{
	lanes state[8], w[16];

#pragma clang loop unroll(disable)
	for (size_t i = 0; i < 8; i++)
		for (size_t lane = 0; lane < LANES; lane++)
			state[i][lane] = states[lane][i];
	for (; count > 0; count--, data += SHA256_BLOCK_BYTES) {
		lanes a = state[0], b = state[1], c = state[2], d = state[3];
		lanes e = state[4], f = state[5], g = state[6], h = state[7];
		lanes bc = b ^ c, ab;

#pragma clang loop unroll(disable)
		for (size_t i = 0; i < 16; i++) {
			lanes word;

			for (size_t lane = 0; lane < LANES; lane++)
				word[lane] = load32_be(data + lane * stride + 4 * i);
			w[i] = word;
		}
#pragma clang loop unroll(disable)
		for (unsigned int t = 0; t < 64; t += 4) {
			ROUND(a, b, d, e, f, g, h, ab, bc, take_word(w, t));
			ROUND(h, a, c, d, e, f, g, ab, bc, take_word(w, t + 1));
			ROUND(g, h, b, c, d, e, f, ab, bc, take_word(w, t + 2));
			ROUND(f, g, a, b, c, d, e, ab, bc, take_word(w, t + 3));

			const lanes first[4] = { a, b, c, d };

			a = e, b = f, c = g, d = h;
			e = first[0], f = first[1], g = first[2], h = first[3];
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
#pragma clang loop unroll(disable)
	for (size_t i = 0; i < 8; i++)
		for (size_t lane = 0; lane < LANES; lane++)
			states[lane][i] = state[i][lane];
}

/* What sha256_arch_parts() asks for. */
static inline void sha256_lanes_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data,
				      size_t stride, size_t count)
{
	for (size_t i = 0; i < DIGEST_PARTS; i += LANES)
		sha256_lanes(states + i, data + i * stride, stride, count);
}

#endif
