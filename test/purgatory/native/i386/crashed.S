/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware in place of a crashed kernel: enters purgatory at PURGATORY_ENTRY in the state that
 * relocate_kernel leaves on i386 (Linux 6.1): protected mode without paging, flat segments
 * from a GDT that is gone, IDT and GDT of size zero, CR4 and registers zero.
 * A ROM of 64 KiB that ends at 4 GiB.
 */
#include "../xcr0.h"

#define ROM 0xffff0000
#define PURGATORY_ENTRY 0x2001000
#define STACK 0x7000

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
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	switch_registers_on
	movl	$STACK, %esp
	pushl	$0
	pushl	$0
	lidt	(%esp)
	lgdt	(%esp)
	movl	$STACK - 4, %esp
	pushl	$PURGATORY_ENTRY
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	ret

	.balign 16
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff /* 0x08: code */
	.quad	0x00cf93000000ffff /* 0x10: data */
gdt_register:
	.word	. - gdt - 1
	.long	ROM + gdt - start

	/* Where an x86 CPU begins. */
	.org	0xfff0, 0xff
	.code16
	.byte	0xe9 /* jmp start, in 16 bits */
	.word	start - . - 2
	.org	0x10000, 0xff
