/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of four parts at a time with the vectors of Power ISA 2.07 (POWER8), whose vshasigmaw is the sigma functions.
 * Compiled with vector registers; it calls nothing.
 */
#define LANES 4
/* ST chooses between small and big, SIX for each word between the first and the second. */
#define LANES_SIGMA(words, big, which)                                                             \
	((lanes)__builtin_altivec_crypto_vshasigmaw((__vector unsigned int)(words), big, (which) ? 15 : 0))
#include "sha256_isa207.h"

#include "sha256_lanes.h"

void sha256_isa207_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
			 size_t count)
{
	sha256_lanes_parts(states, data, stride, count);
}
