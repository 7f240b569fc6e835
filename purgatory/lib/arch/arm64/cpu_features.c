/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"

uint64_t cpu_features_detect(void)
{
	uint64_t isar0;

	/* Linux answers it to user space (since 4.11), and only with what is common to all CPUs. */
	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	return (isar0 >> 12 & 0xf) != 0 ? CPU_FEATURE_ARM64_SHA2 : 0;
}
