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

void sha256_ni_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	const uint32_t *k = sha256_constants;
	__m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
	__m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
	/* Names give the words from the highest down: dcba has a lowest, as it stands in memory. */
	__m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
	__m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; count > 0; count--, data += SHA256_BLOCK_BYTES) {
		const __m128i abef_before = abef;
		const __m128i cdgh_before = cdgh;
		__m128i w0 = load_words(data);
		__m128i w1 = load_words(data + 16);
		__m128i w2 = load_words(data + 32);
		__m128i w3 = load_words(data + 48);

		rounds_4(&abef, &cdgh, w0, k);
		rounds_4(&abef, &cdgh, w1, k + 4);
		rounds_4(&abef, &cdgh, w2, k + 8);
		rounds_4(&abef, &cdgh, w3, k + 12);
		/* The loop is left rolled: image size, and the rounds' latency hides its cost. */
#pragma clang loop unroll(disable)
		for (int round = 16; round < 64; round += 16) {
			w0 = next_words(w0, w1, w2, w3);
			rounds_4(&abef, &cdgh, w0, k + round);
			w1 = next_words(w1, w2, w3, w0);
			rounds_4(&abef, &cdgh, w1, k + round + 4);
			w2 = next_words(w2, w3, w0, w1);
			rounds_4(&abef, &cdgh, w2, k + round + 8);
			w3 = next_words(w3, w0, w1, w2);
			rounds_4(&abef, &cdgh, w3, k + round + 12);
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
