/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the SHA extensions (Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2).
 * The only file that is compiled with vector registers; it calls nothing.
 */
#include "sha256_ni.h"

#include <immintrin.h>

#include "sha256.h"

/*
 * The instruction keeps the state as two vectors, highest word first: A B E F and C D G H.
 * It does two rounds and leaves the new A B E F in what held C D G H, so two in a row change back.
 */
static inline void rounds_4(__m128i *abef, __m128i *cdgh, __m128i words, const uint32_t *constants)
{
	__m128i input = _mm_add_epi32(words, _mm_load_si128((const __m128i *)constants));

	*cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, input);
	*abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(input, 0x0e));
}

/* Words t to t+3 of the schedule from the 16 before them, oldest four in w0. */
static inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

static inline __m128i load_words(const uint8_t *p)
{
	const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), big_endian);
}

/* A message's state and the last 16 words of its schedule. */
struct stream {
	__m128i abef, cdgh, w0, w1, w2, w3;
};

static inline struct stream begin(const uint32_t state[8])
{
	const __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
	const __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
	/* Names give the words from the highest down: dcba has a lowest, as it stands in memory. */
	const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
	const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);

	return (struct stream){
		.abef = _mm_alignr_epi8(cdab, efgh, 8),
		.cdgh = _mm_blend_epi16(efgh, cdab, 0xf0),
	};
}

static inline void end(uint32_t state[8], const struct stream *s)
{
	const __m128i feba = _mm_shuffle_epi32(s->abef, 0x1b);
	const __m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/*
 * A block of each of `count` messages, step by step side by side: an instruction waits for the one before it in its own
 * message, and the CPU has time for another message's meanwhile. `count` is a constant where it is inlined.
 */
static inline __attribute__((always_inline)) void take_block(struct stream *s, size_t count,
							     const uint8_t *const *data)
{
	const uint32_t *k = sha256_constants;
	__m128i abef[2], cdgh[2];

#define EACH for (size_t i = 0; i < count; i++)
	EACH {
		abef[i] = s[i].abef;
		cdgh[i] = s[i].cdgh;
		s[i].w0 = load_words(data[i]);
		s[i].w1 = load_words(data[i] + 16);
		s[i].w2 = load_words(data[i] + 32);
		s[i].w3 = load_words(data[i] + 48);
	}
	EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w0, k);
	EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w1, k + 4);
	EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w2, k + 8);
	EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w3, k + 12);
	/* The loop is left rolled: image size, and the rounds' latency hides its cost. */
#pragma clang loop unroll(disable)
	for (int round = 16; round < 64; round += 16) {
		EACH s[i].w0 = next_words(s[i].w0, s[i].w1, s[i].w2, s[i].w3);
		EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w0, k + round);
		EACH s[i].w1 = next_words(s[i].w1, s[i].w2, s[i].w3, s[i].w0);
		EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w1, k + round + 4);
		EACH s[i].w2 = next_words(s[i].w2, s[i].w3, s[i].w0, s[i].w1);
		EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w2, k + round + 8);
		EACH s[i].w3 = next_words(s[i].w3, s[i].w0, s[i].w1, s[i].w2);
		EACH rounds_4(&s[i].abef, &s[i].cdgh, s[i].w3, k + round + 12);
	}
	EACH {
		s[i].abef = _mm_add_epi32(s[i].abef, abef[i]);
		s[i].cdgh = _mm_add_epi32(s[i].cdgh, cdgh[i]);
	}
#undef EACH
}

void sha256_ni_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	struct stream s = begin(state);

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES)
		take_block(&s, 1, &data);
	end(state, &s);
}

void sha256_ni_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
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
