/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware in place of a crashed kernel: enters purgatory at PURGATORY_ENTRY in the state that
 * relocate_kernel leaves (Linux 6.1 and 6.12): long mode with an identity mapping, flat segments
 * from a GDT that is gone, IDT and GDT of size zero, CR4 with PAE alone, registers zero.
 * A ROM of 64 KiB that ends at 4 GiB; mapped are the first and the last GiB.
 */
#include "xcr0.h"

#define ROM 0xffff0000
#define PURGATORY_ENTRY 0x2001000
#define PML4 0x1000
#define PDPT 0x2000
#define LOW 0x3000
#define HIGH 0x4000
#define STACK 0x7000
#define PRESENT_WRITABLE 0x03
#define LARGE 0x83
#define EFER 0xc0000080

	.section .text, "ax", @progbits
	.code16
start:
	cli
	cld
	lgdtl	%cs:(gdt_register - start)
	movl	$0x11, %eax
	movl	%eax, %cr0
	ljmpl	$0x08, $(ROM + protected - start)

	.code32
protected:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	switch_registers_on
	movl	$(PDPT + PRESENT_WRITABLE), PML4
	movl	$(LOW + PRESENT_WRITABLE), PDPT
	movl	$(HIGH + PRESENT_WRITABLE), PDPT + 3 * 8
	xorl	%ecx, %ecx
1:	movl	%ecx, %eax
	shll	$21, %eax
	orl	$LARGE, %eax
	movl	%eax, LOW(, %ecx, 8)
	orl	$0xc0000000, %eax
	movl	%eax, HIGH(, %ecx, 8)
	incl	%ecx
	cmpl	$512, %ecx
	jne	1b
	movl	$0x20, %eax /* PAE */
	movl	%eax, %cr4
	movl	$PML4, %eax
	movl	%eax, %cr3
	movl	$EFER, %ecx
	rdmsr
	orl	$0x100, %eax /* LME */
	wrmsr
	movl	$0x80000031, %eax /* PG, NE, ET, PE */
	movl	%eax, %cr0
	ljmpl	$0x10, $(ROM + long_mode - start)

	.code64
long_mode:
	movl	$STACK, %esp
	pushq	$0
	pushq	$0
	lidt	(%rsp)
	lgdt	(%rsp)
	movl	$STACK - 8, %esp
	movl	$PURGATORY_ENTRY, %eax
	pushq	%rax
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	ret

	.balign 16
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff /* 0x08: 32-bit code */
	.quad	0x00af9b000000ffff /* 0x10: 64-bit code */
	.quad	0x00cf93000000ffff /* 0x18: data */
gdt_register:
	.word	. - gdt - 1
	.long	ROM + gdt - start

	/* Where an x86 CPU begins. */
	.org	0xfff0, 0xff
	.code16
	.byte	0xe9 /* jmp start, in 16 bits */
	.word	start - . - 2
	.org	0x10000, 0xff
