/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SHA instructions and vectors work on XMM and YMM registers, which the dead kernel left switched off:
 * it clears CR4.OSFXSR and CR4.OSXSAVE on the way here, and without those they raise #UD.
 */
#include "machine.h"

#define CR0_MP ((uintptr_t)1 << 1)
#define CR0_EM ((uintptr_t)1 << 2)
#define CR0_TS ((uintptr_t)1 << 3)
#define CR4_OSFXSR ((uintptr_t)1 << 9)
#define CR4_OSXMMEXCPT ((uintptr_t)1 << 10)
#define CR4_OSXSAVE ((uintptr_t)1 << 18)
/* XCR0: YMM registers, with their lower halves. */
#define XCR0_YMM UINT32_C(6)

static uintptr_t cr0_before;
static uintptr_t cr4_before;
static bool changed;

static uintptr_t read_cr0(void)
{
	uintptr_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static uintptr_t read_cr4(void)
{
	uintptr_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static void write_cr0(uintptr_t value)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static void write_cr4(uintptr_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* What the dead kernel switched on is still there: asking traps nowhere, unlike switching on. Before: CR4.OSXSAVE. */
static uint32_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	const uint32_t mxcsr = 0x1f80; /* power-on value: every exception masked */

	features &= CPU_FEATURE_X86_SHA | CPU_FEATURE_X86_SSE2 | CPU_FEATURE_X86_AVX2;
	changed = features != 0;
	if (!changed)
		return 0;
	cr0_before = read_cr0();
	cr4_before = read_cr4();
	write_cr0((cr0_before & ~(CR0_EM | CR0_TS)) | CR0_MP);
	write_cr4(cr4_before | CR4_OSFXSR | CR4_OSXMMEXCPT);
	__asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
	/* Where the SHA instructions are, nothing else is used. */
	if ((features & CPU_FEATURE_X86_SHA) != 0 || (features & CPU_FEATURE_X86_AVX2) == 0)
		return features;
	write_cr4(read_cr4() | CR4_OSXSAVE);
	if ((read_xcr0() & XCR0_YMM) != XCR0_YMM)
		features &= ~(uint64_t)CPU_FEATURE_X86_AVX2;
	return features;
}

void machine_features_end(void)
{
	if (!changed)
		return;
	write_cr4(cr4_before);
	write_cr0(cr0_before);
}
