/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the dead kernel's relocation code branches to.
 *
 * On entry: EL1, or EL2 with or without VHE; MMU and both caches off, so that all data is device memory;
 *           interrupts masked; VBAR with a virtual address of the dead kernel; SP undefined.
 * On exit:  purgatory_start() has an own stack and vectors, and does not return.
 */

#include "elf_machine.h"

#define STACK_BYTES 0x2000
#define PSCI_SYSTEM_RESET 0x84000009
#define CURRENT_EL2 8

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_AARCH64

/* Branches to `el2` where that is the current exception level. */
	.macro if_el2, scratch, el2
	mrs	\scratch, CurrentEL
	cmp	\scratch, #CURRENT_EL2
	b.eq	\el2
	.endm

	.section .text.entry, "ax", @progbits
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	/* The first stage: every instruction after it, before any of them is believed. sum.sh writes the sum. */
	adr	x1, .Lsummed
	/* Never 0, and never many: a wrong size or place is not long in summing. */
	ldrh	w2, [x1]
	lsr	w2, w2, #2
	add	w2, w2, #1
	mov	w3, wzr
0:	ldr	w4, [x1], #4
	adds	w3, w3, w4
	cinc	w3, w3, cs
	subs	w2, w2, #1
	b.ne	0b
	cmn	w3, #1
	b.eq	.Lchecked
	/* No code is left that could say more: a reset. EL2 has only SMC; a virtual machine knows HVC. */
	mov	w0, #(PSCI_SYSTEM_RESET & 0xffff)
	movk	w0, #(PSCI_SYSTEM_RESET >> 16), lsl #16
	mrs	x4, CurrentEL
	cmp	x4, #CURRENT_EL2
	b.eq	1f
	hvc	#0
1:	smc	#0
2:	wfi
	b	2b
	.org	purgatory_entry + 0x60
.Lsummed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
.Lchecked:
	adrp	x0, stack_end
	add	x0, x0, :lo12:stack_end
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	adrp	x0, purgatory_image
	add	x0, x0, :lo12:purgatory_image
	bl	purgatory_start
	brk	#0
	.size purgatory_entry, . - purgatory_entry

/* void machine_catch_exceptions(void) */
	.section .text.machine_catch_exceptions, "ax", @progbits
	.globl machine_catch_exceptions
	.type machine_catch_exceptions, @function
machine_catch_exceptions:
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	if_el2	x1, 1f
	msr	vbar_el1, x0
	isb
	ret
1:	msr	vbar_el2, x0
	isb
	ret
	.size machine_catch_exceptions, . - machine_catch_exceptions

/* Interrupts and SError stay masked, and nothing runs below: each entry is an exception of our own. */
	.section .text.vectors, "ax", @progbits
	.balign 0x800
vectors:
	.rept 16
	.balign 0x80
	b	exception_enter
	.endr

/* Nobody returns to what was interrupted: its frames are given up, and its stack with them. */
exception_enter:
	adrp	x0, stack_end
	add	x0, x0, :lo12:stack_end
	mov	sp, x0
	/* The MMU may be on: devices are not mapped, and what the policy reads must be in memory. */
	bl	mmu_off
	if_el2	x3, 1f
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	bl	exception_common
1:	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	bl	exception_common
	brk	#0

/*
 * uint64_t mmu_on(uint64_t tables, uint64_t mair, uint64_t tcr): translation by these tables, with caches.
 * Returns SCTLR as it was. The tables must be in memory: nothing was cached until here.
 */
	.section .text.mmu_on, "ax", @progbits
	.globl mmu_on
	.type mmu_on, @function
mmu_on:
	/* M, C and I; neither the alignment check nor write-implies-never-execute. */
	mov	x5, #0x1005
	mov	x6, #0x80000
	orr	x6, x6, #2
	ic	iallu
	if_el2	x3, 1f
	mrs	x4, sctlr_el1
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x0
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	orr	x5, x5, x4
	bic	x5, x5, x6
	msr	sctlr_el1, x5
	isb
	mov	x0, x4
	ret
1:	mrs	x4, sctlr_el2
	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	dsb	sy
	isb
	orr	x5, x5, x4
	bic	x5, x5, x6
	msr	sctlr_el2, x5
	isb
	mov	x0, x4
	ret
	.size mmu_on, . - mmu_on

/*
 * void mmu_off(void): what purgatory has written goes to memory, then MMU and caches are off. Harmless where
 * they are off already. Touches no memory in between. Keeps x7 and above.
 */
	.globl mmu_off
	.type mmu_off, @function
mmu_off:
	adrp	x0, code_end
	add	x0, x0, :lo12:code_end
	adrp	x1, memory_end
	add	x1, x1, :lo12:memory_end
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2 /* the smallest line of a data cache */
	sub	x3, x2, #1
	bic	x0, x0, x3
	dsb	sy
	mov	x5, #0x1005
	if_el2	x3, 1f
	mrs	x4, sctlr_el1
	tbz	x4, #0, 9f
	bic	x4, x4, x5
0:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	0b
	dsb	sy
	msr	sctlr_el1, x4
	isb
	tlbi	vmalle1
	b	2f
1:	mrs	x4, sctlr_el2
	tbz	x4, #0, 9f
	bic	x4, x4, x5
0:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	0b
	dsb	sy
	msr	sctlr_el2, x4
	isb
	tlbi	alle2
2:	ic	iallu
	dsb	sy
	isb
9:	ret
	.size mmu_off, . - mmu_off

/* void cache_clean(uint64_t start, uint64_t end): that range to memory, and out of every data cache. */
	.section .text.cache_clean, "ax", @progbits
	.globl cache_clean
	.type cache_clean, @function
cache_clean:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
	sub	x3, x2, #1
	bic	x0, x0, x3
0:	cmp	x0, x1
	b.hs	1f
	dc	civac, x0
	add	x0, x0, x2
	b	0b
1:	dsb	sy
	ret
	.size cache_clean, . - cache_clean

/*
 * _Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument)
 * Linux, Documentation/arch/arm64/booting.rst: x0 has the device tree, x1 to x3 are 0; the rest for determinism.
 */
	.section .text.machine_enter_kernel, "ax", @progbits
	.globl machine_enter_kernel
	.type machine_enter_kernel, @function
machine_enter_kernel:
	mov	x16, x0
	mov	x0, x1
	.irp	register, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\register, xzr
	.endr
	br	x16
	.size machine_enter_kernel, . - machine_enter_kernel

	.section .bss.stack, "aw", @nobits
	.balign 0x1000
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
