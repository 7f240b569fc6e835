/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (ELFv2 ABI, "Process Initialization"): r1 points to argc, then argv with its NULL, then envp with its NULL.
 * On exit: exit_group(2) with loader_main's result; no return.
 */
	.abiversion 2
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	lis	2, .TOC.@highest
	ori	2, 2, .TOC.@higher
	sldi	2, 2, 32
	oris	2, 2, .TOC.@high
	ori	2, 2, .TOC.@l
	ld	3, 0(1)
	addi	4, 1, 8
	sldi	5, 3, 3
	add	5, 5, 4
	addi	5, 5, 8
	clrrdi	1, 1, 4
	li	0, 0
	stdu	0, -32(1)		/* no back chain: ends every backtrace */
	bl	loader_main
	nop
	li	0, 234
	sc
	b	.
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
