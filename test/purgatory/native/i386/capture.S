/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a capture kernel: says on COM1 in which state it was entered, then ends QEMU
 * through isa-debug-exit at 0xf4 with status 0x41. Runs anywhere.
 */
	.code32
	.section .text, "ax", @progbits
start:
	movl	$0x7000, %esp
	pushfl
	pushl	%esi
	orl	%ebx, %eax
	orl	%ecx, %eax
	orl	%edx, %eax
	orl	%edi, %eax
	orl	%ebp, %eax
	pushl	%eax
	call	1f
1:	popl	%ebp
	leal	names - 1b(%ebp), %esi
	movl	4(%esp), %eax
	call	value
	popl	%eax
	call	value
	popl	%eax
	movl	%cs, %eax
	call	value
	movl	%ds, %eax
	call	value
	movl	%es, %eax
	call	value
	movl	%ss, %eax
	call	value
	movl	%cr0, %eax
	call	value
	movl	%cr4, %eax
	call	value
	popl	%eax
	andl	$0x600, %eax /* DF, IF */
	call	value
	movl	$'\n', %eax
	call	put
	movw	$0xf4, %dx
	movb	$0x20, %al
	outb	%al, %dx
1:	hlt
	jmp	1b

/* Prints the next name and EAX in hex. */
value:
	movl	%eax, %ebx
1:	movzbl	(%esi), %eax
	incl	%esi
	testl	%eax, %eax
	jz	2f
	call	put
	jmp	1b
2:	movl	$8, %ecx
3:	roll	$4, %ebx
	movl	%ebx, %eax
	andl	$0xf, %eax
	cmpl	$10, %eax
	jb	4f
	addl	$'a' - 10 - '0', %eax
4:	addl	$'0', %eax
	call	put
	decl	%ecx
	jnz	3b
	movl	$' ', %eax

/* Prints AL. */
put:
	movl	%eax, %edi
	movw	$0x3fd, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movl	%edi, %eax
	movw	$0x3f8, %dx
	outb	%al, %dx
	ret

names:
	.asciz	"capture esi="
	.asciz	"others="
	.asciz	"cs="
	.asciz	"ds="
	.asciz	"es="
	.asciz	"ss="
	.asciz	"cr0="
	.asciz	"cr4="
	.asciz	"df,if="
