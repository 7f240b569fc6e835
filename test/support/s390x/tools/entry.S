/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a stand-alone program begins: by the firmware's IPL PSW, which is 31-bit, or by the machine
 * itself when the program is the firmware. The arguments lie after the first instruction; whoever
 * writes the program to a disk fills them.
 */
	.section .entry, "ax"
	.globl tool_entry
tool_entry:
	j	1f
	.balign 8
	.globl tool_arguments
tool_arguments:
	.ascii	"tool-arg"
	.quad	0		/* size of memory in bytes */
	.skip	16		/* text at the start of each page to be found */
1:	/* A machine may start in ESA/390 mode: SIGP, set architecture, to z/Architecture. */
	lhi	%r1, 1
	sigp	%r1, %r0, 0x12
	sam64
	larl	%r15, tool_stack_end
	aghi	%r15, -160
	/* This is the outermost frame. */
	lghi	%r0, 0
	stg	%r0, 0(%r15)
	brasl	%r14, tool_main
	/* What tool_main returns is the address of a disabled wait. */
	larl	%r1, tool_wait
	stg	%r2, 8(%r1)
	lpswe	0(%r1)

	.section .data, "aw"
	.balign 16
tool_wait:
	.quad	0x0002000180000000
	.quad	0

	.section .bss, "aw", @nobits
	.balign 16
	.skip	8192
tool_stack_end:
