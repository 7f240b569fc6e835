/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of QEMU's firmware: what a re-IPL enters. Stores the IPL parameter block that is set
 * at CAPTURED (DIAG 308 subcode 6), what the lowcore says of a re-IPL, the answer, and stops.
 */
#include "crashed.h"

	.section .text, "ax", @progbits
	.globl _start
_start:
	llilf	%r2, CAPTURED
	lghi	%r3, 0
	lghi	%r4, 6
	diag	%r2, %r4, 0x308
	stg	%r3, 0xff8(%r2)
	lg	%r4, 0xe00(%r0)
	stg	%r4, 0xfe0(%r2)
	llgf	%r4, 0xe08(%r0)
	stg	%r4, 0xfe8(%r2)
	larl	%r1, 1f
	lpswe	0(%r1)
	.balign 8
1:	.quad	0x0002000180000000, WAIT_REBOOTED
	.section .note.GNU-stack, "", @progbits
