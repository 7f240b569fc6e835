/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (RISC-V ELF psABI, Linux): sp points to argc, then argv with its NULL, then envp with its NULL, and is
 * aligned to 16. On exit: exit_group(2) with loader_main's result; no return.
 */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	li	s0, 0			/* ends every backtrace */
	ld	a0, 0(sp)
	addi	a1, sp, 8
	slli	a2, a0, 3
	add	a2, a2, a1
	addi	a2, a2, 8
	call	loader_main
	li	a7, 94
	ecall
	unimp
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
