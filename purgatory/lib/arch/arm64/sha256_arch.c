/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_ce.h"
#include "sha256_neon.h"

bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	if ((features & CPU_FEATURE_ARM64_SHA2) == 0)
		return false;
	sha256_ce_blocks(state, data, count);
	return true;
}

bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count, uint64_t features)
{
	/* The faster first. */
	if ((features & CPU_FEATURE_ARM64_SHA2) != 0)
		sha256_ce_parts(states, data, stride, count);
	else if ((features & CPU_FEATURE_ARM64_ASIMD) != 0)
		sha256_neon_parts(states, data, stride, count);
	else
		return false;
	return true;
}
