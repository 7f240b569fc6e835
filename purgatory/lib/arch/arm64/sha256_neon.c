/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of four parts at a time with Advanced SIMD. Compiled with its registers; it calls nothing. */
#define LANES 4
#include "sha256_neon.h"

#include "sha256_lanes.h"

void sha256_neon_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count)
{
	sha256_lanes_parts(states, data, stride, count);
}
