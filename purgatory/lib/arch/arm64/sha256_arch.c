/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle_format.h"
#include "sha256.h"
#include "sha256_ce.h"

bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	if ((features & CPU_FEATURE_ARM64_SHA2) == 0)
		return false;
	sha256_ce_blocks(state, data, count);
	return true;
}
