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

#include "elf_machine.h"

#define CODE_SELECTOR 0x10 /* what the 32-bit boot protocol wants in CS, and 0x18 in DS, ES, SS */
#define DATA_SELECTOR 0x18
#define STACK_BYTES 0x2000

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
	/* Never 0, and never many: a wrong size or place is not long in summing. */
	movzwl	(%esi), %ecx
	shrl	$2, %ecx
	incl	%ecx
	xorl	%edx, %edx
0:	lodsl
	addl	%eax, %edx
	adcl	$0, %edx
	loop	0b
	incl	%edx
	jz	.Lchecked
	/* No code is left that could say more: a reset as in reset.c, at last by a fault, which has no IDT. */
	movw	$0xcf9, %dx
	movb	$0x02, %al
	outb	%al, %dx
	movb	$0x06, %al
	outb	%al, %dx
	movb	$0xfe, %al
	outb	%al, $0x64
	ud2
	.org	purgatory_entry + 0x34
.Lsummed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
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

/*
 * Stubs that an exception gate points at. The return address of the call tells the vector:
 * each is five bytes long, as exceptions.c counts on. The last one is for every vector from 32 on.
 * That of the NMI is not used.
 */
	.section .text.exceptions, "ax", @progbits
	.globl exception_stubs
exception_stubs:
	.rept 33
	call	exception_enter
	.endr
	.if . - exception_stubs != 33 * 5
	.error "a stub is not five bytes"
	.endif

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

/* _Noreturn void machine_give_up(void): no IDT, so the exception becomes a triple fault. */
	.section .text.machine_give_up, "ax", @progbits
	.globl machine_give_up
	.type machine_give_up, @function
machine_give_up:
	pushl	$0
	pushl	$0
	lidt	(%esp)
	int3
	.size machine_give_up, . - machine_give_up
	/* Falls through on a machine that goes on after shutdown. */

/* _Noreturn void machine_halt(const struct finding *): an NMI or SMI may wake the CPU, hence the loop. */
	.globl machine_halt
	.type machine_halt, @function
machine_halt:
	cli
1:	hlt
	jmp	1b
	.size machine_halt, . - machine_halt

/*
 * The accessed bits are set already: the CPU would write them, and this page is digested.
 */
	.section .rodata.gdt, "a", @progbits
	.balign 16
gdt:
	.quad	0
	.quad	0
	.quad	0x00cf9b000000ffff /* 0x10: code, flat */
	.quad	0x00cf93000000ffff /* 0x18: data, flat */
gdt_end:

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
