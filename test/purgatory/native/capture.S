/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a capture kernel: says on COM1 in which state it was entered, then ends QEMU
 * through isa-debug-exit at 0xf4 with status 0x41. Runs anywhere, below 1 GiB.
 */
	.code64
	.section .text, "ax", @progbits
start:
	movl	$0x7000, %esp
	pushfq
	leaq	names(%rip), %r15
	movq	%rsi, %r14
	movq	%r14, %rax
	call	value
	movq	%rbx, %rax
	call	value
	movl	%cs, %eax
	call	value
	movl	%ds, %eax
	call	value
	movl	%es, %eax
	call	value
	movl	%ss, %eax
	call	value
	movq	%cr0, %rax
	call	value
	movq	%cr4, %rax
	call	value
	popq	%rax
	andl	$0x600, %eax /* DF, IF */
	call	value
	movl	$'\n', %eax
	call	put
	movw	$0xf4, %dx
	movb	$0x20, %al
	outb	%al, %dx
1:	hlt
	jmp	1b

/* Prints the next name and RAX in hex. */
value:
	movq	%rax, %r13
1:	movzbl	(%r15), %eax
	incq	%r15
	testl	%eax, %eax
	jz	2f
	call	put
	jmp	1b
2:	movl	$16, %ecx
3:	rolq	$4, %r13
	movl	%r13d, %eax
	andl	$0xf, %eax
	leaq	digits(%rip), %rdx
	movzbl	(%rdx, %rax), %eax
	call	put
	decl	%ecx
	jnz	3b
	movl	$' ', %eax
	jmp	put

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

digits:
	.ascii	"0123456789abcdef"
names:
	.asciz	"capture rsi="
	.asciz	"rbx="
	.asciz	"cs="
	.asciz	"ds="
	.asciz	"es="
	.asciz	"ss="
	.asciz	"cr0="
	.asciz	"cr4="
	.asciz	"df,if="
