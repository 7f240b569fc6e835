/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (AAPCS64, and Linux's ELF loader): SP points to argc, then argv with its NULL, then envp with its NULL.
 * On exit: exit_group(2) with loader_main's result; no return.
 */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	mov	x29, xzr		/* ends every backtrace */
	mov	x30, xzr
	ldr	x0, [sp]
	add	x1, sp, #8
	add	x2, x1, x0, lsl #3
	add	x2, x2, #8
	bl	loader_main
	mov	x8, #94
	svc	#0
	brk	#0
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
