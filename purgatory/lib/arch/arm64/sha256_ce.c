/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the instructions of FEAT_SHA256 (Arm ARM, SHA256H, SHA256H2, SHA256SU0, SHA256SU1).
 * Compiled with vector registers; it calls nothing.
 */
#include "sha256_ce.h"

#include <arm_neon.h>

#include "sha256.h"

typedef uint32x4_t words;

/* The state as two vectors, lowest word first: A B C D and E F G H. */
static inline void rounds_4(words *abcd, words *efgh, words input, const uint32_t *constants)
{
	input = vaddq_u32(input, vld1q_u32(constants));
	const words before = *abcd;

	*abcd = vsha256hq_u32(before, *efgh, input);
	*efgh = vsha256h2q_u32(*efgh, before, input);
}

/* Words t to t+3 of the schedule from the 16 before them, oldest four in w0. */
static inline words next_words(words w0, words w1, words w2, words w3)
{
	return vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
}

static inline words load_words(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

static inline words add_words(words a, words b)
{
	return vaddq_u32(a, b);
}

static inline void state_begin(const uint32_t state[8], words *abcd, words *efgh)
{
	*abcd = vld1q_u32(state);
	*efgh = vld1q_u32(state + 4);
}

static inline void state_end(uint32_t state[8], words abcd, words efgh)
{
	vst1q_u32(state, abcd);
	vst1q_u32(state + 4, efgh);
}

#include "sha256_streams.h"

void sha256_ce_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	streams_blocks(state, data, count);
}

void sha256_ce_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		     size_t count)
{
	streams_parts(states, data, stride, count);
}
