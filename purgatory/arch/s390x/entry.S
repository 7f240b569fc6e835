/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Called as a C function by the dead kernel's machine_kexec (Linux 6.1 and 6.12), twice.
 *
 * On entry: 64-bit mode, supervisor state, DAT off, r14 the return address;
 *           r2 = 0: is the image sound? The old kernel is alive, other CPUs run, machine checks are
 *                   on, low-address protection is on, the prefix is that of a live lowcore.
 *           r2 = 1: enter the capture kernel. All interrupts are off, other CPUs stopped, prefix 0.
 * On exit:  r2 = 0: by r14 with the answer in r2, 0 for yes; r6 to r15 as they were. Access and
 *                   floating-point registers are not used at all, nor is the caller's stack.
 *           r2 = 1: not this way.
 */

#include "elf_machine.h"

#define STACK_BYTES 0x2000
#define FRAME_BYTES 160 /* what a callee may save in, by the ELF ABI */

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_S390

	.section .text.entry, "ax", @progbits
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	/* The first stage: everything after it, before any of it is believed. sum.sh writes the sum. */
	lhi	%r1, 0
	larl	%r4, .Lchecked
	larl	%r5, code_end
	sgr	%r5, %r4
0:	cksm	%r1, %r4
	jo	0b
	clrl	%r1, .Lcode_sum
	je	.Lchecked
	/* No code is left that could say more: "no", and where nobody asks, WAIT_CODE_REGION_BAD + 0. */
	ltgr	%r2, %r2
	lghi	%r2, 1
	ber	%r14
	larl	%r1, .Ldamaged
	lpswe	0(%r1)
	.balign 8
.Ldamaged:
	.quad	0x0002000180000000, 0xc510
	.org	purgatory_entry + 0x58
.Lcode_sum:
	.long	0
.Lchecked:
	larl	%r1, caller
	stmg	%r6, %r15, 0(%r1)
	larl	%r15, stack_end - FRAME_BYTES
	ltgr	%r3, %r2
	larl	%r2, purgatory_image
	jne	1f
	brasl	%r14, purgatory_check
	larl	%r1, caller
	lmg	%r6, %r15, 0(%r1)
	br	%r14
1:	brasl	%r14, purgatory_start
	j	.+2 /* an operation exception */
	.size purgatory_entry, . - purgatory_entry

/* Where new PSWs point. Nobody goes back: the stack begins anew. */
	.section .text.exceptions, "ax", @progbits
	.globl program_check_enter
program_check_enter:
	larl	%r15, stack_end - FRAME_BYTES
	larl	%r2, purgatory_image
	llgh	%r3, 0x8e(%r0)	/* interruption code */
	lg	%r4, 0x158(%r0) /* program old PSW, address */
	lg	%r5, 0xa8(%r0)	/* translation-exception identification */
	brasl	%r14, purgatory_exception
	j	.+2

	.globl machine_check_enter
machine_check_enter:
	larl	%r15, stack_end - FRAME_BYTES
	larl	%r2, purgatory_image
	lg	%r3, 0x168(%r0) /* machine-check old PSW, address */
	brasl	%r14, purgatory_machine_check
	j	.+2

	.section .bss.stack, "aw", @nobits
	.balign 16
caller:
	.zero	80
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
