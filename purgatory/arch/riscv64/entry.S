/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the dead kernel's riscv_kexec_norelocate leads: it points stvec here and turns translation off under its own
 * feet, so that this is reached as a trap (Linux 6.1 and 6.12).
 *
 * On entry: S-mode, satp 0, sstatus.SIE off; a0 the hart's id, a1 the device tree, the rest of no meaning;
 *           stvec points here: any trap would begin again.
 * On exit:  purgatory_start() has an own stack and stvec, and does not return.
 */

#include "elf_machine.h"
#include "sbi.h"

#define STACK_BYTES 0x2000

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_RISCV

	/* stvec takes multiples of four, and .Lsummed has a fixed place. */
	.option norvc
	.option norelax

	.section .text.entry, "ax", @progbits
	.balign 4
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	csrw	sie, zero
	lla	t0, .Ldamaged
	csrw	stvec, t0
	/* The first stage: every instruction after it, before any of them is believed. sum.sh writes the sum. */
	lla	t0, .Lsummed
	/* Never 0, and never many: a wrong size or place is not long in summing. */
	lhu	t1, 0(t0)
	srli	t1, t1, 2
	addi	t1, t1, 1
	li	t2, 0
0:	lwu	t3, 0(t0)
	add	t2, t2, t3
	addi	t0, t0, 4
	addi	t1, t1, -1
	bnez	t1, 0b
	/* Carries are added at the other end; the first time, that may carry as well. */
	li	t1, 2
0:	srli	t3, t2, 32
	slli	t2, t2, 32
	srli	t2, t2, 32
	add	t2, t2, t3
	addi	t1, t1, -1
	bnez	t1, 0b
	addiw	t2, t2, 1
	beqz	t2, .Lchecked
	/* No code is left that could say more: a reset as in reset.c. */
	.balign 4
.Ldamaged:
	li	a7, SBI_SYSTEM_RESET
	li	a6, 0
	li	a0, SBI_SYSTEM_RESET_COLD
	li	a1, 0
	ecall
	li	a7, SBI_LEGACY_SHUTDOWN
	ecall
0:	wfi
	j	0b
	.org	purgatory_entry + 0x88
.Lsummed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
.Lchecked:
	lla	sp, stack_end
	lla	t0, boot_hart
	sd	a0, 0(t0)
	li	s0, 0 /* ends every backtrace */
	lla	a0, purgatory_image
	call	purgatory_start
	unimp
	.size purgatory_entry, . - purgatory_entry

/* void machine_catch_exceptions(void) */
	.section .text.exceptions, "ax", @progbits
	.balign 4
	.globl machine_catch_exceptions
	.type machine_catch_exceptions, @function
machine_catch_exceptions:
	lla	t0, trap_enter
	csrw	stvec, t0
	ret
	.size machine_catch_exceptions, . - machine_catch_exceptions

/* Nobody goes back: the stack begins anew. */
	.balign 4
trap_enter:
	lla	sp, stack_end
	lla	a0, purgatory_image
	csrr	a1, scause
	csrr	a2, sepc
	csrr	a3, stval
	call	purgatory_exception
	unimp

/* _Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument): a1 is the argument already. */
	.section .text.machine_enter_kernel, "ax", @progbits
	.balign 4
	.globl machine_enter_kernel
	.type machine_enter_kernel, @function
machine_enter_kernel:
	mv	t0, a0
	lla	a0, boot_hart
	ld	a0, 0(a0)
	.word	0x0000100f /* fence.i: the kernel's bytes were written by another hart */
	/* Zero by kexec's convention. */
	li	ra, 0
	li	sp, 0
	li	gp, 0
	li	tp, 0
	li	t1, 0
	li	t2, 0
	li	s0, 0
	li	s1, 0
	li	a2, 0
	li	a3, 0
	li	a4, 0
	li	a5, 0
	li	a6, 0
	li	a7, 0
	li	s2, 0
	li	s3, 0
	li	s4, 0
	li	s5, 0
	li	s6, 0
	li	s7, 0
	li	s8, 0
	li	s9, 0
	li	s10, 0
	li	s11, 0
	li	t3, 0
	li	t4, 0
	li	t5, 0
	li	t6, 0
	jr	t0
	.size machine_enter_kernel, . - machine_enter_kernel

/* _Noreturn void machine_give_up(void): the firmware is asked once more, by the one call that no firmware lacks. */
	.section .text.machine_give_up, "ax", @progbits
	.balign 4
	.globl machine_give_up
	.type machine_give_up, @function
machine_give_up:
	li	a7, SBI_LEGACY_SHUTDOWN
	ecall
	.size machine_give_up, . - machine_give_up
	/* Falls through where there is none. */

/* _Noreturn void machine_halt(const struct finding *): sie is 0, but wfi may end for any reason, hence the loop. */
	.globl machine_halt
	.type machine_halt, @function
machine_halt:
	csrw	sie, zero
0:	wfi
	j	0b
	.size machine_halt, . - machine_halt

	.section .bss.stack, "aw", @nobits
	.balign 16
boot_hart:
	.zero	16
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
