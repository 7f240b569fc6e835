/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a capture kernel, entered 0x10 after its start: notes in which state, at CAPTURED:
 * PSW mask, prefix, CR0, CR14, address of the program new PSW, of the external and of the
 * machine-check one, and a checksum of the CPU status. Runs anywhere.
 */
#include "crashed.h"

	.section .text, "ax", @progbits
	.zero	0x10, 0x07
	llilf	%r1, CAPTURED
	epsw	%r2, %r3
	sllg	%r2, %r2, 32
	llgfr	%r3, %r3
	ogr	%r2, %r3
	lghi	%r3, 0x30 /* the condition code, bits 18 and 19, is anyone's */
	sllg	%r3, %r3, 40
	ngr	%r3, %r2
	xgr	%r2, %r3
	stg	%r2, 0(%r1)
	stpx	12(%r1)
	stctg	%c0, %c0, 16(%r1)
	stctg	%c14, %c14, 24(%r1)
	mvc	32(8, %r1), 0x1d8(%r0)
	mvc	40(8, %r1), 0x1b8(%r0)
	mvc	48(8, %r1), 0x1e8(%r0)
	lghi	%r2, 0
	lghi	%r4, STATUS_AREA
	lghi	%r5, STATUS_AREA_BYTES
1:	llgc	%r3, 0(%r4)
	agr	%r2, %r3
	aghi	%r4, 1
	brctg	%r5, 1b
	stg	%r2, 56(%r1)
	larl	%r1, 2f
	lpswe	0(%r1)
	.balign 8
2:	.quad	0x0002000180000000, WAIT_CAPTURED
