/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"

uint64_t cpu_features_detect(void)
{
	uint64_t isar0, pfr0;

	/* Linux answers them to user space (since 4.11), and only with what is common to all CPUs. */
	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	__asm__("mrs %0, id_aa64pfr0_el1" : "=r"(pfr0));
	return ((isar0 >> 12 & 0xf) != 0 ? CPU_FEATURE_ARM64_SHA2 : 0) |
	       /* AdvSIMD: all ones where there is none. */
	       ((pfr0 >> 20 & 0xf) != 0xf ? CPU_FEATURE_ARM64_ASIMD : 0);
}
