/* SPDX-License-Identifier: Apache-2.0 */
#include "run/quickest_digest.h"

#include "base/sys.h"
#include "sha256_parts.h"

#define BLOCKS_OF_PART 4u
#define PART_BYTES (BLOCKS_OF_PART * SHA256_BLOCK_BYTES)
/* The least time counts: whatever else goes on only adds to it, as does the first time in an emulator. */
#define ROUNDS 5u

static void digest_parts(uint64_t features)
{
	static const uint8_t data[DIGEST_PARTS * PART_BYTES];
	static uint32_t states[DIGEST_PARTS][8];

	if (sha256_arch_parts(states, data, PART_BYTES, BLOCKS_OF_PART, features))
		return;
	for (size_t i = 0; i < DIGEST_PARTS; i++)
		sha256_blocks(states[i], data + i * PART_BYTES, BLOCKS_OF_PART, features);
}

static uint64_t nanoseconds(uint64_t features)
{
	uint64_t least = UINT64_MAX;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t before = 0;
		uint64_t after = 0;

		if (sys_monotonic(&before) < 0)
			return 0;
		digest_parts(features);
		if (sys_monotonic(&after) < 0)
			return 0;
		if (after - before < least)
			least = after - before;
	}
	return least;
}

uint64_t quickest_digest(uint64_t features)
{
	/* Of several, digests go by the last one here: sha256_arch.c of each architecture. */
	static const uint16_t rising[] = {
		CPU_FEATURE_X86_SSE2,	    CPU_FEATURE_X86_AVX2,   CPU_FEATURE_X86_SHA,
		CPU_FEATURE_ARM64_ASIMD,    CPU_FEATURE_ARM64_SHA2, CPU_FEATURE_RISCV64_ZBB,
		CPU_FEATURE_RISCV64_ZKNH,   CPU_FEATURE_S390X_KIMD, CPU_FEATURE_PPC64LE_ISA207,
	};
	uint64_t kept = features;
	uint64_t least;

	if (features == 0)
		return 0;
	least = nanoseconds(0);
	for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); i++) {
		if ((features & rising[i]) == 0)
			continue;
		const uint64_t needed = nanoseconds(rising[i]);

		if (least < needed - needed / 8)
			kept &= ~(uint64_t)rising[i];
		else if (needed < least)
			least = needed;
	}
	return kept;
}
