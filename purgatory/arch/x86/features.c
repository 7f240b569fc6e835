/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SHA instructions work on XMM registers, which the dead kernel left switched off:
 * it clears CR4.OSFXSR on the way here, and without that they raise #UD.
 */
#include "machine.h"

#define CR0_MP (UINT64_C(1) << 1)
#define CR0_EM (UINT64_C(1) << 2)
#define CR0_TS (UINT64_C(1) << 3)
#define CR4_OSFXSR (UINT64_C(1) << 9)
#define CR4_OSXMMEXCPT (UINT64_C(1) << 10)

static uint64_t cr0_before;
static uint64_t cr4_before;
static bool changed;

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static void write_cr0(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

static void write_cr4(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	const uint32_t mxcsr = 0x1f80; /* power-on value: every exception masked */

	features &= CPU_FEATURE_X86_SHA;
	changed = features != 0;
	if (!changed)
		return 0;
	cr0_before = read_cr0();
	cr4_before = read_cr4();
	write_cr0((cr0_before & ~(CR0_EM | CR0_TS)) | CR0_MP);
	write_cr4(cr4_before | CR4_OSFXSR | CR4_OSXMMEXCPT);
	__asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
	return features;
}

void machine_features_end(void)
{
	if (!changed)
		return;
	write_cr4(cr4_before);
	write_cr0(cr0_before);
}
