/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the dead kernel's relocate_kernel jumps to.
 *
 * On entry: protected mode, CPL 0, paging off; interrupts off; IDT and GDT of size zero, with flat
 *           segments of 32 bits cached; CR4 zero; ESP on what is left of a control page, of which
 *           nothing is checked, with room for a few words.
 * On exit:  purgatory_start() has an own stack, GDT and segments, and does not return.
 *           TR and LDT stay stale: nothing here changes privilege or task.
 */

#include "arch/x86/entry.h"
#include "elf_machine.h"

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_I386
/* Three words that code counts its addresses from. */
	.globl got_header
	.set got_header, 12

	.section .text.entry, "ax", @progbits
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	cli
	cld
	/* There is no other way to learn where we are. */
	call	.Lhere
.Lhere:
	popl	%ebp
	/* The first stage: every instruction after it, before any of them is believed. sum.sh writes the sum. */
	leal	.Lsummed - .Lhere(%ebp), %esi
	sum_instructions %esi, 0x34
.Lchecked:
	leal	stack_end - .Lhere(%ebp), %esp
	leal	gdt - .Lhere(%ebp), %eax
	pushl	%eax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%esp)
	leal	stack_end - .Lhere(%ebp), %esp
	leal	1f - .Lhere(%ebp), %eax
	pushl	$CODE_SELECTOR
	pushl	%eax
	lretl
1:	movl	$DATA_SELECTOR, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leal	purgatory_image - .Lhere(%ebp), %eax
	xorl	%ebp, %ebp
	/* C wants the stack aligned to 16 before a call. */
	subl	$12, %esp
	pushl	%eax
	call	purgatory_start
	ud2
	.size purgatory_entry, . - purgatory_entry

	every_exception_stub

exception_enter:
	cld
	popl	%eax
	movl	%esp, %edx
	movl	%cr2, %ecx
	/* Unlike the CPU on an exception, C wants the stack aligned to 16. */
	andl	$-16, %esp
	subl	$4, %esp
	pushl	%ecx
	pushl	%edx
	pushl	%eax
	call	exception_common
	ud2

/* It says nothing about the image, which the checks judge in any case: back to what it came into. */
	.globl nmi_return
nmi_return:
	iretl

/* _Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument): both below 4 GiB; ESI gets the argument. */
	.section .text.machine_enter_kernel, "ax", @progbits
	.globl machine_enter_kernel
	.type machine_enter_kernel, @function
machine_enter_kernel:
	cli
	cld
	movl	12(%esp), %esi
	pushl	4(%esp)
	xorl	%eax, %eax
	xorl	%ebx, %ebx /* with EBP and EDI zero by the boot protocol, the rest for determinism */
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	ret
	.size machine_enter_kernel, . - machine_enter_kernel

	last_stops %esp
	segments_and_stack 0x00cf9b000000ffff
