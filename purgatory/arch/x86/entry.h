/* SPDX-License-Identifier: Apache-2.0 */
/* What both entries have: the sum over the instructions, the exceptions' stubs, the last stops, GDT and stack. */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H

#define CODE_SELECTOR 0x10 /* what the boot protocol wants in CS, and 0x18 in DS, ES, SS */
#define DATA_SELECTOR 0x18
#define STACK_BYTES 0x2000

/* `at` is ESI or RSI, which has .Lsummed; `offset` is where that is from the entry on. Goes on after it, or resets. */
	.macro sum_instructions, at, offset
	/* Never 0, and never many: a wrong size or place is not long in summing. */
	movzwl	(\at), %ecx
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
	.org	purgatory_entry + \offset
.Lsummed:
	/* With names, so that a disassembler takes data for data and goes on after it. */
	.type	summed, @object
	.size	summed, 8
summed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
	.type	purgatory_checked, @function
purgatory_checked:
	.endm

/*
 * Stubs that an exception gate points at. The return address of the call tells the vector:
 * each is five bytes long, as exceptions.c counts on. The last one is for every vector from 32 on.
 * That of the NMI is not used.
 */
	.macro every_exception_stub
	.section .text.exceptions, "ax", @progbits
	.globl exception_stubs
exception_stubs:
	.rept 33
	call	exception_enter
	.endr
	.if . - exception_stubs != 33 * 5
	.error "a stub is not five bytes"
	.endif
	.endm

/*
 * _Noreturn void machine_give_up(void): no IDT, so the exception becomes a triple fault. It falls through on a machine
 * that goes on after shutdown.
 * _Noreturn void machine_halt(const struct finding *): an NMI or SMI may wake the CPU, hence the loop.
 */
	.macro last_stops, stack
	.section .text.machine_give_up, "ax", @progbits
	.globl machine_give_up
	.type machine_give_up, @function
machine_give_up:
	push	$0
	push	$0
	lidt	(\stack)
	int3
	.size machine_give_up, . - machine_give_up

	.globl machine_halt
	.type machine_halt, @function
machine_halt:
	cli
1:	hlt
	jmp	1b
	.size machine_halt, . - machine_halt
	.endm

/* The accessed bits are set already: the CPU would write them, and this page is digested. */
	.macro segments_and_stack, code
	.section .rodata.gdt, "a", @progbits
	.balign 16
gdt:
	.quad	0
	.quad	0
	.quad	\code /* 0x10: code, flat */
	.quad	0x00cf93000000ffff /* 0x18: data, flat */
gdt_end:

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
	.endm

#endif
