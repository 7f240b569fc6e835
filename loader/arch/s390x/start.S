/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the loader's process.
 * On entry (ELF ABI s390x supplement, "Process Initialization"): r15 points to argc, then argv with
 * its NULL, then envp with its NULL. On exit: exit_group(2) with loader_main's result; no return.
 */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	lg	%r2, 0(%r15)
	la	%r3, 8(%r15)
	sllg	%r4, %r2, 3
	la	%r4, 8(%r4, %r3)
	aghi	%r15, -160		/* the callee's register save area */
	xc	0(8, %r15), 0(%r15)	/* no back chain: ends every backtrace */
	brasl	%r14, loader_main
	lghi	%r1, 248
	svc	0
	j	.
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
