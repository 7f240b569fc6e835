/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_avx2.h"
#include "sha256_ni.h"
#include "sha256_sse2.h"

bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	if ((features & CPU_FEATURE_X86_SHA) == 0)
		return false;
	sha256_ni_blocks(state, data, count);
	return true;
}

bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count, uint64_t features)
{
	/* The fastest first. */
	if ((features & CPU_FEATURE_X86_SHA) != 0)
		sha256_ni_parts(states, data, stride, count);
	else if ((features & CPU_FEATURE_X86_AVX2) != 0)
		sha256_avx2_parts(states, data, stride, count);
	else if ((features & CPU_FEATURE_X86_SSE2) != 0)
		sha256_sse2_parts(states, data, stride, count);
	else
		return false;
	return true;
}
