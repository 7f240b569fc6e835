/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the instructions of FEAT_SHA256 (Arm ARM, SHA256H, SHA256H2, SHA256SU0, SHA256SU1).
 * Compiled with vector registers; it calls nothing.
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

/* A message's state and the last 16 words of its schedule. */
struct stream {
	uint32x4_t abcd, efgh, w0, w1, w2, w3;
};

static inline struct stream begin(const uint32_t state[8])
{
	return (struct stream){ .abcd = vld1q_u32(state), .efgh = vld1q_u32(state + 4) };
}

static inline void end(uint32_t state[8], const struct stream *s)
{
	vst1q_u32(state, s->abcd);
	vst1q_u32(state + 4, s->efgh);
}

/*
 * A block of each of `count` messages, step by step side by side: an instruction waits for the one before it in its own
 * message, and the CPU has time for another message's meanwhile. `count` is a constant where it is inlined.
 */
static inline __attribute__((always_inline)) void take_block(struct stream *s, size_t count,
							     const uint8_t *const *data)
{
	const uint32_t *k = sha256_constants;
	uint32x4_t abcd[2], efgh[2];

#define EACH for (size_t i = 0; i < count; i++)
	EACH {
		abcd[i] = s[i].abcd;
		efgh[i] = s[i].efgh;
		s[i].w0 = load_words(data[i]);
		s[i].w1 = load_words(data[i] + 16);
		s[i].w2 = load_words(data[i] + 32);
		s[i].w3 = load_words(data[i] + 48);
	}
	EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w0, k);
	EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w1, k + 4);
	EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w2, k + 8);
	EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w3, k + 12);
	/* The loop is left rolled: image size, and the rounds' latency hides its cost. */
#pragma clang loop unroll(disable)
	for (int round = 16; round < 64; round += 16) {
		EACH s[i].w0 = next_words(s[i].w0, s[i].w1, s[i].w2, s[i].w3);
		EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w0, k + round);
		EACH s[i].w1 = next_words(s[i].w1, s[i].w2, s[i].w3, s[i].w0);
		EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w1, k + round + 4);
		EACH s[i].w2 = next_words(s[i].w2, s[i].w3, s[i].w0, s[i].w1);
		EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w2, k + round + 8);
		EACH s[i].w3 = next_words(s[i].w3, s[i].w0, s[i].w1, s[i].w2);
		EACH rounds_4(&s[i].abcd, &s[i].efgh, s[i].w3, k + round + 12);
	}
	EACH {
		s[i].abcd = vaddq_u32(s[i].abcd, abcd[i]);
		s[i].efgh = vaddq_u32(s[i].efgh, efgh[i]);
	}
#undef EACH
}

void sha256_ce_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	struct stream s = begin(state);

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES)
		take_block(&s, 1, &data);
	end(state, &s);
}

void sha256_ce_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		     size_t count)
{
	for (size_t i = 0; i < DIGEST_PARTS; i += 2) {
		struct stream s[2] = { begin(states[i]), begin(states[i + 1]) };
		const uint8_t *at[2] = { data + i * stride, data + (i + 1) * stride };

		for (size_t left = count; left > 0; left--) {
			take_block(s, 2, at);
			at[0] += SHA256_BLOCK_BYTES;
			at[1] += SHA256_BLOCK_BYTES;
		}
		end(states[i], &s[0]);
		end(states[i + 1], &s[1]);
	}
}
