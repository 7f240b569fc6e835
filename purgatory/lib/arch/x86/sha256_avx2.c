/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of eight parts at a time with AVX2. Compiled with its registers; it calls nothing. */
#define LANES 8
#include "sha256_avx2.h"

#include "sha256_lanes.h"

void sha256_avx2_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count)
{
	sha256_lanes_parts(states, data, stride, count);
}
