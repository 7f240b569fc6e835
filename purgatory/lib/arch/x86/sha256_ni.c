/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the SHA extensions (Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2).
 * Compiled with vector registers; it calls nothing.
 */
#include "sha256_ni.h"

#include <immintrin.h>

#include "sha256.h"

typedef __m128i words;

/*
 * The instruction keeps the state as two vectors, highest word first: A B E F and C D G H.
 * It does two rounds and leaves the new A B E F in what held C D G H, so two in a row change back.
 */
static inline void rounds_4(words *abef, words *cdgh, words input, const uint32_t *constants)
{
	input = _mm_add_epi32(input, _mm_load_si128((const words *)constants));
	*cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, input);
	*abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(input, 0x0e));
}

/* Words t to t+3 of the schedule from the 16 before them, oldest four in w0. */
static inline words next_words(words w0, words w1, words w2, words w3)
{
	words sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

static inline words load_words(const uint8_t *p)
{
	const words big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

	return _mm_shuffle_epi8(_mm_loadu_si128((const words *)(const void *)p), big_endian);
}

static inline words add_words(words a, words b)
{
	return _mm_add_epi32(a, b);
}

/* Names give the words from the highest down: dcba has a lowest, as it stands in memory. */
static inline void state_begin(const uint32_t state[8], words *abef, words *cdgh)
{
	const words dcba = _mm_loadu_si128((const words *)(const void *)state);
	const words hgfe = _mm_loadu_si128((const words *)(const void *)(state + 4));
	const words cdab = _mm_shuffle_epi32(dcba, 0xb1);
	const words efgh = _mm_shuffle_epi32(hgfe, 0x1b);

	*abef = _mm_alignr_epi8(cdab, efgh, 8);
	*cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

static inline void state_end(uint32_t state[8], words abef, words cdgh)
{
	const words feba = _mm_shuffle_epi32(abef, 0x1b);
	const words dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128((words *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((words *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#include "sha256_streams.h"

void sha256_ni_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	streams_blocks(state, data, count);
}

void sha256_ni_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		     size_t count)
{
	streams_parts(states, data, stride, count);
}
