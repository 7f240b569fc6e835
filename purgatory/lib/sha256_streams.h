/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by a CPU's own instructions, of one message, and of two side by side: an instruction waits for the one before
 * it in its own message, and the CPU has time for another message's meanwhile.
 *
 * Whoever includes it has defined `words`, a vector of four, and the functions load_words(), add_words(), next_words(),
 * rounds_4(), state_begin() and state_end(). It calls nothing else.
 */
#ifndef SHA256_STREAMS_H
#define SHA256_STREAMS_H

#include "sha256_parts.h"

/* A message's state, in two vectors as the CPU wants it, and the last 16 words of its schedule. */
struct stream {
	words one, other, w0, w1, w2, w3;
};

/* A block of each of `count` messages, step by step. `count` is a constant where it is inlined. */
static inline __attribute__((always_inline)) void take_block(struct stream *s, size_t count,
							     const uint8_t *const *data)
{
	const uint32_t *k = sha256_constants;
	words one[2], other[2];

#define EACH for (size_t i = 0; i < count; i++)
	EACH {
		one[i] = s[i].one;
		other[i] = s[i].other;
		s[i].w0 = load_words(data[i]);
		s[i].w1 = load_words(data[i] + 16);
		s[i].w2 = load_words(data[i] + 32);
		s[i].w3 = load_words(data[i] + 48);
	}
	EACH rounds_4(&s[i].one, &s[i].other, s[i].w0, k);
	EACH rounds_4(&s[i].one, &s[i].other, s[i].w1, k + 4);
	EACH rounds_4(&s[i].one, &s[i].other, s[i].w2, k + 8);
	EACH rounds_4(&s[i].one, &s[i].other, s[i].w3, k + 12);
	/* The loop is left rolled: image size, and the rounds' latency hides its cost. */
#pragma clang loop unroll(disable)
	for (int round = 16; round < 64; round += 16) {
		EACH s[i].w0 = next_words(s[i].w0, s[i].w1, s[i].w2, s[i].w3);
		EACH rounds_4(&s[i].one, &s[i].other, s[i].w0, k + round);
		EACH s[i].w1 = next_words(s[i].w1, s[i].w2, s[i].w3, s[i].w0);
		EACH rounds_4(&s[i].one, &s[i].other, s[i].w1, k + round + 4);
		EACH s[i].w2 = next_words(s[i].w2, s[i].w3, s[i].w0, s[i].w1);
		EACH rounds_4(&s[i].one, &s[i].other, s[i].w2, k + round + 8);
		EACH s[i].w3 = next_words(s[i].w3, s[i].w0, s[i].w1, s[i].w2);
		EACH rounds_4(&s[i].one, &s[i].other, s[i].w3, k + round + 12);
	}
	EACH {
		s[i].one = add_words(s[i].one, one[i]);
		s[i].other = add_words(s[i].other, other[i]);
	}
#undef EACH
}

static inline struct stream stream_begin(const uint32_t state[8])
{
	struct stream s;

	state_begin(state, &s.one, &s.other);
	return s;
}

/* As sha256_blocks(). */
static inline void streams_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	struct stream s = stream_begin(state);

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES)
		take_block(&s, 1, &data);
	state_end(state, s.one, s.other);
}

/* What sha256_arch_parts() asks for. */
static inline void streams_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data,
				 size_t stride, size_t count)
{
	for (size_t i = 0; i < DIGEST_PARTS; i += 2) {
		struct stream s[2] = { stream_begin(states[i]), stream_begin(states[i + 1]) };
		const uint8_t *at[2] = { data + i * stride, data + (i + 1) * stride };

		for (size_t left = count; left > 0; left--) {
			take_block(s, 2, at);
			at[0] += SHA256_BLOCK_BYTES;
			at[1] += SHA256_BLOCK_BYTES;
		}
		state_end(states[i], s[0].one, s[0].other);
		state_end(states[i + 1], s[1].one, s[1].other);
	}
}

#endif
