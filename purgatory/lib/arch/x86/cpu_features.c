/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"

struct cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

uint64_t cpu_features_detect(void)
{
	const uint32_t ssse3 = UINT32_C(1) << 9;   /* leaf 1, ECX */
	const uint32_t sse4_1 = UINT32_C(1) << 19; /* leaf 1, ECX */
	const uint32_t sha = UINT32_C(1) << 29;	   /* leaf 7.0, EBX */
	uint64_t features = 0;

	if (cpuid(0, 0).eax >= 7 && (cpuid(1, 0).ecx & (ssse3 | sse4_1)) == (ssse3 | sse4_1) &&
	    (cpuid(7, 0).ebx & sha) != 0)
		features |= CPU_FEATURE_X86_SHA;
	return features;
}
