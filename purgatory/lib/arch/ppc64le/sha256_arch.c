/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_isa207.h"

/* One message alone fills no vector. */
bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	(void)state;
	(void)data;
	(void)count;
	(void)features;
	return false;
}

bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count, uint64_t features)
{
	if ((features & CPU_FEATURE_PPC64LE_ISA207) == 0)
		return false;
	sha256_isa207_parts(states, data, stride, count);
	return true;
}
