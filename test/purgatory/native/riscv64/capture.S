/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a capture kernel: says on QEMU's UART in which state it was entered, then ends QEMU through the test
 * finisher with status 0x41. Runs anywhere, without a stack.
 */
#define UART 0x10000000
#define LSR 5
#define FINISHER 0x100000
#define FAIL 0x3333

	.section .text, "ax", @progbits
start:
	/* Every register but a0 and a1, in one. */
	.irp	register, sp, gp, tp, t1, t2, s0, s1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
	or	ra, ra, \register
	.endr
	mv	s2, a0
	mv	s3, a1
	mv	s4, ra
	csrr	s5, satp
	csrr	s6, sie
	csrr	s7, sstatus
	andi	s7, s7, 2
	lla	s1, names
	mv	a0, s2
	jal	value
	mv	a0, s3
	jal	value
	mv	a0, s4
	jal	value
	mv	a0, s5
	jal	value
	mv	a0, s6
	jal	value
	mv	a0, s7
	jal	value
	li	a0, '\n'
	jal	t6, put
	li	t0, FINISHER
	li	t1, 0x41 << 16 | FAIL
	sw	t1, 0(t0)
1:	wfi
	j	1b

/* Prints the next name and a0 in hex. */
value:
	mv	s8, a0
1:	lbu	a0, 0(s1)
	addi	s1, s1, 1
	beqz	a0, 2f
	jal	t6, put
	j	1b
2:	li	s9, 60
3:	srl	a0, s8, s9
	andi	a0, a0, 15
	lla	t0, digits
	add	t0, t0, a0
	lbu	a0, 0(t0)
	jal	t6, put
	addi	s9, s9, -4
	bgez	s9, 3b
	li	a0, ' '
	mv	s10, ra
	jal	t6, put
	jr	s10

/* Prints a0; t6 is the way back. */
put:
	li	t0, UART
1:	lbu	t1, LSR(t0)
	andi	t1, t1, 0x20
	beqz	t1, 1b
	sb	a0, 0(t0)
	jr	t6

digits:
	.ascii	"0123456789abcdef"
names:
	.asciz	"capture a0="
	.asciz	"a1="
	.asciz	"others="
	.asciz	"satp="
	.asciz	"sie="
	.asciz	"sstatus.sie="
