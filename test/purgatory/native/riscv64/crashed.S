/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a crashed kernel: QEMU's firmware enters it in S-mode with the hart's id and the device tree. It reaches
 * purgatory as Linux's riscv_kexec_norelocate does, by a trap that stvec leads there, with all registers cleared.
 */
#define PURGATORY_ENTRY 0x82001000

	.section .text, "ax", @progbits
start:
	csrw	sie, zero
	csrci	sstatus, 2 /* SIE */
	csrw	sscratch, zero
	li	a2, PURGATORY_ENTRY
	csrw	stvec, a2
	csrw	satp, zero
	.irp	register, ra, sp, gp, tp, t0, t1, t2, s0, s1, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
	li	\register, 0
	.endr
	unimp
