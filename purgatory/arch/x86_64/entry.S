/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the dead kernel's relocate_kernel jumps to.
 *
 * On entry: 64-bit mode, CPL 0, paging on, all RAM mapped identically, writable and executable;
 *           interrupts off; IDT and GDT of size zero, with flat segments cached; CR4.OSFXSR off;
 *           RSP on what is left of a control page, of which nothing is checked.
 * On exit:  purgatory_start() has an own stack, GDT and segments, and does not return.
 *           TR and LDT stay stale: nothing here changes privilege or asks for an IST stack.
 */

#include "arch/x86/entry.h"
#include "elf_machine.h"

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_X86_64

	.section .text.entry, "ax", @progbits
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	cli
	cld
	/* The first stage: every instruction after it, before any of them is believed. sum.sh writes the sum. */
	leaq	.Lsummed(%rip), %rsi
	sum_instructions %rsi, 0x30
.Lchecked:
	leaq	stack_end(%rip), %rsp
	leaq	gdt(%rip), %rax
	pushq	%rax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%rsp)
	leaq	stack_end(%rip), %rsp
	leaq	1f(%rip), %rax
	pushq	$CODE_SELECTOR
	pushq	%rax
	lretq
1:	movl	$DATA_SELECTOR, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	xorl	%ebp, %ebp
	leaq	purgatory_image(%rip), %rdi
	call	purgatory_start
	ud2
	.size purgatory_entry, . - purgatory_entry

	every_exception_stub

exception_enter:
	cld
	popq	%rdi
	movq	%rsp, %rsi
	movq	%cr2, %rdx
	/* Unlike the CPU on an exception, C wants the stack aligned to 16. */
	andq	$-16, %rsp
	call	exception_common
	ud2

/* It says nothing about the image, which the checks judge in any case: back to what it came into. */
	.globl nmi_return
nmi_return:
	iretq

/* _Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument): RSI is the argument already. */
	.section .text.machine_enter_kernel, "ax", @progbits
	.globl machine_enter_kernel
	.type machine_enter_kernel, @function
machine_enter_kernel:
	cli
	cld
	pushq	%rdi
	xorl	%eax, %eax
	xorl	%ebx, %ebx /* zero by kexec's convention, as the rest for determinism */
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	ret
	.size machine_enter_kernel, . - machine_enter_kernel

	last_stops %rsp
	segments_and_stack 0x00af9b000000ffff
