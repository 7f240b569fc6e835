/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a capture kernel: says on QEMU's UART in which state it was entered, then switches the machine off.
 * Runs anywhere, without a stack.
 */
#define UART 0x9000000
#define FR 0x18
#define PSCI_SYSTEM_OFF 0x84000008

	.section .text, "ax", @progbits
start:
	/* Every register but x0 and the one with the entry, in one. */
	.irp	register, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	orr	x1, x1, x\register
	.endr
	mov	x20, x0
	mov	x21, x1
	mrs	x22, CurrentEL
	cmp	x22, #8
	b.eq	1f
	mrs	x23, sctlr_el1
	b	2f
1:	mrs	x23, sctlr_el2
2:	mov	x24, #0x1005 /* M, C, I */
	and	x23, x23, x24
	mrs	x24, daif
	adr	x19, names
	mov	x0, x20
	bl	value
	mov	x0, x21
	bl	value
	lsr	x0, x22, #2
	bl	value
	mov	x0, x23
	bl	value
	mov	x0, x24
	bl	value
	mov	w0, #'\n'
	bl	put
	mov	x0, #(PSCI_SYSTEM_OFF & 0xffff)
	movk	x0, #(PSCI_SYSTEM_OFF >> 16), lsl #16
	cmp	x22, #8
	b.eq	3f
	hvc	#0
3:	smc	#0
4:	wfi
	b	4b

/* Prints the next name and x0 in hex. */
value:
	mov	x25, x0
	mov	x26, x30
1:	ldrb	w0, [x19], #1
	cbz	w0, 2f
	bl	put
	b	1b
2:	mov	x27, #60
3:	lsr	x0, x25, x27
	and	x0, x0, #15
	adr	x1, digits
	ldrb	w0, [x1, x0]
	bl	put
	subs	x27, x27, #4
	b.ge	3b
	mov	w0, #' '
	bl	put
	ret	x26

/* Prints w0. */
put:
	mov	x2, #UART
1:	ldr	w3, [x2, #FR]
	tbnz	w3, #5, 1b
	str	w0, [x2]
	ret

digits:
	.ascii	"0123456789abcdef"
names:
	.asciz	"capture x0="
	.asciz	"others="
	.asciz	"el="
	.asciz	"sctlr="
	.asciz	"daif="
