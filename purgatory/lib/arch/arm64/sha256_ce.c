/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the instructions of FEAT_SHA256 (Arm ARM, SHA256H, SHA256H2, SHA256SU0, SHA256SU1).
 * The only file that is compiled with vector registers; it calls nothing.
 */
#include "sha256_ce.h"

#include <arm_neon.h>

#include "sha256.h"

/* The state as two vectors, lowest word first: A B C D and E F G H. */
static inline void rounds_4(uint32x4_t *abcd, uint32x4_t *efgh, uint32x4_t words,
			    const uint32_t *constants)
{
	uint32x4_t input = vaddq_u32(words, vld1q_u32(constants));
	uint32x4_t before = *abcd;

	*abcd = vsha256hq_u32(before, *efgh, input);
	*efgh = vsha256h2q_u32(*efgh, before, input);
}

/* Words t to t+3 of the schedule from the 16 before them, oldest four in w0. */
static inline uint32x4_t next_words(uint32x4_t w0, uint32x4_t w1, uint32x4_t w2, uint32x4_t w3)
{
	return vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
}

static inline uint32x4_t load_words(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

void sha256_ce_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	const uint32_t *k = sha256_constants;
	uint32x4_t abcd = vld1q_u32(state);
	uint32x4_t efgh = vld1q_u32(state + 4);

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES) {
		const uint32x4_t abcd_before = abcd;
		const uint32x4_t efgh_before = efgh;
		uint32x4_t w0 = load_words(data);
		uint32x4_t w1 = load_words(data + 16);
		uint32x4_t w2 = load_words(data + 32);
		uint32x4_t w3 = load_words(data + 48);

		rounds_4(&abcd, &efgh, w0, k);
		rounds_4(&abcd, &efgh, w1, k + 4);
		rounds_4(&abcd, &efgh, w2, k + 8);
		rounds_4(&abcd, &efgh, w3, k + 12);
		/* The loop is left rolled: image size, and the rounds' latency hides its cost. */
#pragma clang loop unroll(disable)
		for (int round = 16; round < 64; round += 16) {
			w0 = next_words(w0, w1, w2, w3);
			rounds_4(&abcd, &efgh, w0, k + round);
			w1 = next_words(w1, w2, w3, w0);
			rounds_4(&abcd, &efgh, w1, k + round + 4);
			w2 = next_words(w2, w3, w0, w1);
			rounds_4(&abcd, &efgh, w2, k + round + 8);
			w3 = next_words(w3, w0, w1, w2);
			rounds_4(&abcd, &efgh, w3, k + round + 12);
		}
		abcd = vaddq_u32(abcd, abcd_before);
		efgh = vaddq_u32(efgh, efgh_before);
	}
	vst1q_u32(state, abcd);
	vst1q_u32(state + 4, efgh);
}
