/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (System V ABI, Intel386, "Process Initialization"): ESP points to argc, then argv with its
 * NULL, then envp with its NULL. On exit: exit_group(2) with loader_main's result; no return.
 */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp		/* ends every backtrace */
	movl	(%esp), %eax
	leal	4(%esp), %ecx
	leal	8(%esp,%eax,4), %edx
	xchgl	%ecx, %edx		/* the first three arguments are in EAX, EDX and ECX: -mregparm=3 */
	andl	$-16, %esp
	calll	loader_main
	movl	%eax, %ebx
	movl	$252, %eax
	int	$0x80
	ud2
	.size	_start, . - _start

/*
 * long arch_syscall(long number, long a, ..., long f): number, a and b come in EAX, EDX and ECX, the rest on the stack
 * (-mregparm=3); the call's six arguments take every register but ESP.
 */
	.section .text.arch_syscall, "ax", @progbits
	.globl	arch_syscall
	.type	arch_syscall, @function
arch_syscall:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%edx, %ebx
	movl	20(%esp), %edx
	movl	24(%esp), %esi
	movl	28(%esp), %edi
	movl	32(%esp), %ebp
	int	$0x80
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	retl
	.size	arch_syscall, . - arch_syscall

	.section .note.GNU-stack, "", @progbits
