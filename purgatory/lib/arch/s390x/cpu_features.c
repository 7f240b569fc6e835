/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"
#include "sha256_kimd.h"

/* Message-security assist, facility bit 17. Without it KIMD is an operation exception. */
#define MSA (UINT64_C(1) << (63 - 17))

static uint64_t facilities(void)
{
	uint64_t first = 0;
	register uint64_t last __asm__("r0") = 0; /* index of the last doubleword wanted */

	/* STFLE */
	__asm__ volatile("\t.insn\ts, 0xb2b00000, %0\n" : "=Q"(first), "+d"(last) : : "cc");
	return first;
}

uint64_t cpu_features_detect(void)
{
	return (facilities() & MSA) != 0 && kimd_knows(KIMD_SHA256) ? CPU_FEATURE_S390X_KIMD : 0;
}
