/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (System V ABI, AMD64, "Process Initialization"): RSP points to argc, then argv with its
 * NULL, then envp with its NULL. On exit: exit_group(2) with loader_main's result; no return.
 */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp		/* ends every backtrace */
	movq	(%rsp), %rdi
	leaq	8(%rsp), %rsi
	leaq	16(%rsp,%rdi,8), %rdx
	andq	$-16, %rsp
	callq	loader_main
	movl	%eax, %edi
	movl	$231, %eax
	syscall
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
