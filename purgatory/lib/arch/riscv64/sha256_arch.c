/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle_format.h"
#include "sha256.h"
#include "sha256_zbb.h"
#include "sha256_zknh.h"

bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	if ((features & CPU_FEATURE_RISCV64_ZKNH) != 0)
		sha256_zknh_blocks(state, data, count);
	else if ((features & CPU_FEATURE_RISCV64_ZBB) != 0)
		sha256_zbb_blocks(state, data, count);
	else
		return false;
	return true;
}
