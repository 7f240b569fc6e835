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

/* XCR0: the registers that the kernel saves, and so lets programs use. */
static uint32_t saved_registers(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

uint64_t cpu_features_detect(void)
{
	const uint32_t sse2 = UINT32_C(1) << 26;    /* leaf 1, EDX */
	const uint32_t ssse3 = UINT32_C(1) << 9;    /* leaf 1, ECX */
	const uint32_t sse4_1 = UINT32_C(1) << 19;  /* leaf 1, ECX */
	const uint32_t osxsave = UINT32_C(1) << 27; /* leaf 1, ECX */
	const uint32_t avx2 = UINT32_C(1) << 5;	    /* leaf 7.0, EBX */
	const uint32_t sha = UINT32_C(1) << 29;	    /* leaf 7.0, EBX */
	const uint32_t ymm = 6;			    /* XCR0, with the lower halves */
	const struct cpuid basic = cpuid(1, 0);
	uint64_t features = (basic.edx & sse2) != 0 ? CPU_FEATURE_X86_SSE2 : 0;

	if (cpuid(0, 0).eax < 7)
		return features;
	const struct cpuid extended = cpuid(7, 0);

	if ((basic.ecx & (ssse3 | sse4_1)) == (ssse3 | sse4_1) && (extended.ebx & sha) != 0)
		features |= CPU_FEATURE_X86_SHA;
	if ((basic.ecx & osxsave) != 0 && (saved_registers() & ymm) == ymm && (extended.ebx & avx2) != 0)
		features |= CPU_FEATURE_X86_AVX2;
	return features;
}
