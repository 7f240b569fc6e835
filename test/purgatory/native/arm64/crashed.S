/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a crashed kernel: QEMU enters it at EL1 or EL2. It reaches purgatory as Linux's cpu_soft_restart does:
 * MMU and caches off, all masked, with vectors and a stack that lead nowhere, and all registers cleared.
 */
#define PURGATORY_ENTRY 0x43001000
/* A word after all that is loaded: not 0, EL2 is to be used as Linux does with VHE. */
#define WANTS_VHE 0x43080000

	.section .text, "ax", @progbits
start:
	msr	daifset, #0xf
	mov	x1, #0x0800
	movk	x1, #0x3050, lsl #16
	mov	x2, #0x0830
	movk	x2, #0x30c5, lsl #16
	mov	x3, #-4096
	mrs	x0, CurrentEL
	cmp	x0, #8
	b.eq	1f
	msr	sctlr_el1, x1
	msr	vbar_el1, x3
	msr	cpacr_el1, xzr
	b	3f
1:	mov	x4, #(WANTS_VHE & 0xffff)
	movk	x4, #(WANTS_VHE >> 16), lsl #16
	ldr	w4, [x4]
	cbz	w4, 2f
	mrs	x4, hcr_el2
	orr	x4, x4, #(1 << 34) /* E2H */
	orr	x4, x4, #(1 << 27) /* TGE */
	msr	hcr_el2, x4
	isb
	msr	cptr_el2, xzr
	msr	sctlr_el2, x1
	msr	vbar_el2, x3
	b	3f
2:	msr	sctlr_el2, x2
	msr	vbar_el2, x3
	mov	x4, #0x37ff /* every trap that there is, that of vector registers among them */
	msr	cptr_el2, x4
3:	isb
	mov	sp, x3
	mov	x18, #(PURGATORY_ENTRY & 0xffff)
	movk	x18, #(PURGATORY_ENTRY >> 16), lsl #16
	.irp	register, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\register, xzr
	.endr
	br	x18
