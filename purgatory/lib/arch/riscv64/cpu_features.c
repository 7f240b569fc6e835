/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"

/* Linux, Documentation/arch/riscv/hwprobe.rst; the call is there since 6.4, Zbb in it since 6.5, Zknh since 6.8. */
#define SYS_RISCV_HWPROBE 258
#define KEY_IMA_EXT_0 4
#define EXT_ZBB (UINT64_C(1) << 4)
#define EXT_ZKNH (UINT64_C(1) << 13)

/* No instruction asks: the kernel tells what all harts have. */
uint64_t cpu_features_detect(void)
{
	struct {
		int64_t key;
		uint64_t value;
	} pair = { KEY_IMA_EXT_0, 0 };
	register long a0 __asm__("a0") = (long)(uintptr_t)&pair;
	register long a1 __asm__("a1") = 1; /* one pair */
	register long a2 __asm__("a2") = 0; /* of all harts */
	register long a3 __asm__("a3") = 0;
	register long a4 __asm__("a4") = 0;
	register long a7 __asm__("a7") = SYS_RISCV_HWPROBE;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
	if (a0 != 0 || pair.key != KEY_IMA_EXT_0)
		return 0;
	return ((pair.value & EXT_ZKNH) != 0 ? CPU_FEATURE_RISCV64_ZKNH : 0) |
	       ((pair.value & EXT_ZBB) != 0 ? CPU_FEATURE_RISCV64_ZBB : 0);
}
