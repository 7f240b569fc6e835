/* SPDX-License-Identifier: Apache-2.0 */
/* The few things of crashed.c that C cannot say. */
#include "crashed.h"

	.section .text.start, "ax", @progbits
	.globl _start
_start:
	larl	%r15, stack_end - 160
	brasl	%r14, crashed_main
	j	.+2

/*
 * void call_check(uint64_t psw_mask, struct machine *before, struct machine *after):
 * fills every register that must survive, calls purgatory with r2 = 0 under that mask.
 * struct machine: r6 to r15, f8 to f15, a0 to a15, then the answer and the PSW's mask afterwards.
 */
	.globl call_check
call_check:
	stmg	%r6, %r15, 48(%r15)
	lgr	%r12, %r2
	lgr	%r13, %r3
	lgr	%r11, %r4
	larl	%r1, pointers
	stg	%r4, 0(%r1)
	stg	%r15, 8(%r1)
	aghi	%r15, -160
	stg	%r15, 72(%r13)
	larl	%r14, returned
	stg	%r14, 64(%r13)
	larl	%r1, psw
	stg	%r12, 0(%r1)
	llilf	%r2, PURGATORY_ENTRY
	stg	%r2, 8(%r1)
	ld	%f8, 80(%r13)
	ld	%f9, 88(%r13)
	ld	%f10, 96(%r13)
	ld	%f11, 104(%r13)
	ld	%f12, 112(%r13)
	ld	%f13, 120(%r13)
	ld	%f14, 128(%r13)
	ld	%f15, 136(%r13)
	lam	%a0, %a15, 144(%r13)
	lmg	%r6, %r15, 0(%r13)
	lghi	%r2, 0
	lpswe	0(%r1)
returned:
	larl	%r1, pointers
	lg	%r1, 0(%r1)
	stmg	%r6, %r15, 0(%r1)
	std	%f8, 80(%r1)
	std	%f9, 88(%r1)
	std	%f10, 96(%r1)
	std	%f11, 104(%r1)
	std	%f12, 112(%r1)
	std	%f13, 120(%r1)
	std	%f14, 128(%r1)
	std	%f15, 136(%r1)
	stam	%a0, %a15, 144(%r1)
	stg	%r2, 208(%r1)
	epsw	%r2, %r3
	sllg	%r2, %r2, 32
	llgfr	%r3, %r3
	ogr	%r2, %r3
	stg	%r2, 216(%r1)
	larl	%r1, pointers
	lg	%r15, 8(%r1)
	lmg	%r6, %r15, 48(%r15)
	br	%r14

/* What the other CPU does. */
	.globl spin
spin:
	larl	%r1, spins
1:	agsi	0(%r1), 1
	j	1b

	.section .bss, "aw", @nobits
	.balign 16
	.globl spins
spins:	.zero	8
pointers:
	.zero	16
psw:	.zero	16
	.zero	0x2000
stack_end:

	.section .note.GNU-stack, "", @progbits
