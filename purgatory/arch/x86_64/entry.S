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

#include "elf_machine.h"

#define CODE_SELECTOR 0x10 /* what the 64-bit boot protocol wants in CS, and 0x18 in DS, ES, SS */
#define DATA_SELECTOR 0x18
#define STACK_BYTES 0x2000

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
	/* Never 0, and never many: a wrong size or place is not long in summing. */
	movzwl	(%rsi), %ecx
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
	.org	purgatory_entry + 0x30
.Lsummed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
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

/* _Noreturn void machine_give_up(void): no IDT, so the exception becomes a triple fault. */
	.section .text.machine_give_up, "ax", @progbits
	.globl machine_give_up
	.type machine_give_up, @function
machine_give_up:
	pushq	$0
	pushq	$0
	lidt	(%rsp)
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
	.quad	0x00af9b000000ffff /* 0x10: 64-bit code */
	.quad	0x00cf93000000ffff /* 0x18: data, flat */
gdt_end:

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
