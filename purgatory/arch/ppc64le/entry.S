/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the dead kernel's kexec_sequence jumps to.
 *
 * On entry: real mode, 64-bit, little-endian, supervisor or hypervisor; interrupts off; r3 is the CPU's hardware id;
 *           r1, r2 and r13 are stale. The other CPUs spin, in the old kernel or at address 0x60, where the first
 *           0x100 bytes from here have been copied to: those of the capture kernel, of which the tool puts all but the
 *           first word into the image.
 * On exit:  purgatory_start() has an own stack and TOC, and does not return.
 */

#include "elf_machine.h"

#define STACK_BYTES 0x2000
#define STACK_FRAME 32 /* smallest frame of the ELFv2 ABI */

/* From the start of the image: purgatory_firmware in the head, and the end of the page, which is free for RTAS. */
#define IMAGE_TO_CODE 0x1000
#define AT_FIRMWARE 0x940
#define AT_KIND 0x0
#define AT_TOKEN 0x4
#define AT_BASE 0x8
#define AT_ENTRY 0x10
#define AT_ARGUMENTS 0xfe0
#define KIND_RTAS 1
#define KIND_OPAL 2

#define OPAL_POLL_EVENTS 10
#define OPAL_CEC_REBOOT 6

#define SPRG0 272
#define DTB_AT_VERSION 20
#define DTB_AT_BOOT_CPU 28

	.abiversion 2

/* For the image's head (purgatory.ld). */
	.globl elf_machine
	.set elf_machine, ELF_MACHINE_PPC64
	.globl got_header
	.set got_header, 8

/* An instruction as a big-endian CPU reads it. */
	.macro	swapped word
	.long	(((\word) & 0xff) << 24) | (((\word) & 0xff00) << 8) | (((\word) >> 8) & 0xff00) | (((\word) >> 24) & 0xff)
	.endm

/* `reg` = address of `symbol`, given that r31 is that of .Lhere. */
	.macro	address reg, symbol
	addis	\reg, 31, (\symbol - .Lhere)@ha
	addi	\reg, \reg, (\symbol - .Lhere)@l
	.endm

	.section .text.entry, "ax", @progbits
	.globl purgatory_entry
	.type purgatory_entry, @function
purgatory_entry:
	b	.Lmaster
	.org	purgatory_entry + 0x100
.Lmaster:
	bcl	20, 31, .Lhere
	b	.Lhere /* not reached */
	.org	purgatory_entry + 0x108
.Lsummed:
	.long	instructions_end - . - 4 /* so many bytes follow this word */
	.long	0 /* makes the sum of these words, with the carry added at the other end, 0xffffffff */
.Lhere:
	/* LR is .Lmaster + 4. */
	mr	30, 3
	mflr	31
	addi	31, 31, .Lhere - (.Lmaster + 4)
	/* The first stage: every instruction after it, before any of them is believed. sum.sh writes the sum. */
	addi	4, 31, .Lsummed - .Lhere
	lwz	5, 0(4)
	clrlwi	5, 5, 16
	srwi	5, 5, 2
	addi	5, 5, 1
	mtctr	5
	li	6, 0
0:	lwz	7, 0(4)
	addi	4, 4, 4
	add	6, 6, 7
	bdnz	0b
	srdi	7, 6, 32
	clrldi	6, 6, 32
	add	6, 6, 7
	srdi	7, 6, 32
	add	6, 6, 7
	addi	6, 6, 1
	cmplwi	6, 0
	bne	.Lreset

	address	2, .TOC.
	address	1, stack_end
	addi	1, 1, -STACK_FRAME
	li	0, 0
	std	0, 0(1)
	addis	4, 2, boot_cpu@toc@ha
	stw	30, boot_cpu@toc@l(4)
	addi	3, 31, -(.Lhere - purgatory_entry)
	addi	3, 3, -IMAGE_TO_CODE
	bl	purgatory_start
	nop
	trap
	.size purgatory_entry, . - purgatory_entry

/*
 * Ends the machine's life by what the loader wrote of its firmware, which is asked until it does.
 * Of `entry` nothing is believed but r31 (.Lhere). Returns to LR where there is no firmware to ask.
 */
.Lreset:
	bl	.Lask
	/* No code is left that could say more, and nobody to ask. */
1:	or	31, 31, 31
	b	1b

/* void firmware_reset(void) */
	.globl firmware_reset
	.type firmware_reset, @function
firmware_reset:
	mflr	0
	bcl	20, 31, 1f
1:	mflr	31 /* not put back: who returns from here has nothing to lose, and who does not needs none */
	mtlr	0
	addi	31, 31, .Lhere - 1b
.Lask:
	addi	9, 31, -(.Lhere - purgatory_entry)
	addi	9, 9, -IMAGE_TO_CODE
	lwz	5, AT_FIRMWARE + AT_KIND(9)
	ld	14, AT_FIRMWARE + AT_BASE(9)
	ld	15, AT_FIRMWARE + AT_ENTRY(9)
	mfmsr	11
	rldicr	11, 11, 0, 62 /* big-endian */
	cmplwi	5, KIND_OPAL
	beq	2f
	cmplwi	5, KIND_RTAS
	bnelr
	/* No arguments, one answer, all big-endian; 32-bit. */
	lwz	6, AT_FIRMWARE + AT_TOKEN(9)
	addi	16, 9, AT_ARGUMENTS
	li	7, 4
	stwbrx	6, 0, 16
	li	6, 0
	stwbrx	6, 7, 16
	li	6, 1
	li	7, 8
	stwbrx	6, 7, 16
	rldicl	11, 11, 0, 1
	addi	7, 31, .Lask_rtas - .Lhere
	b	3f
2:	li	0, OPAL_CEC_REBOOT
	addi	7, 31, .Lask_opal - .Lhere
3:	sync
	mtsrr0	7
	mtsrr1	11
	rfid
	/* Big-endian from here: the instruction is told in each comment. */
.Lask_rtas:
	swapped	0x7e038378 /* mr r3, r16 */
	swapped	0x7dc47378 /* mr r4, r14 */
	swapped	0x7de903a6 /* mtctr r15 */
	swapped	0x4e800421 /* bctrl */
	swapped	0x4bfffff0 /* b .Lask_rtas: busy, or it does not work */
.Lask_opal:
	swapped	0x7dc27378 /* mr r2, r14 */
	swapped	0x7de903a6 /* mtctr r15 */
	swapped	0x4e800421 /* bctrl */
	swapped	0x3800000a /* li r0, OPAL_POLL_EVENTS: what it was asked for is done meanwhile */
	swapped	0x38600000 /* li r3, 0 */
	swapped	0x4bffffec /* b .Lask_opal */
	.size firmware_reset, . - firmware_reset

/*
 * int64_t opal_call(uint64_t token, uint64_t base, uint64_t entry, uint64_t a, uint64_t b, uint64_t c):
 * OPAL runs big-endian on a stack of its own and keeps the registers that the ABI has it keep.
 */
	.section .text.opal_call, "ax", @progbits
	.globl opal_call
	.type opal_call, @function
opal_call:
	mflr	0
	std	0, 16(1)
	std	2, 24(1)
	mfmsr	11
	rldicr	12, 11, 0, 62
	mtsrr0	5
	mtsrr1	12
	bcl	20, 31, 1f
1:	mflr	9
	addi	9, 9, .Lopal_done - 1b
	mtlr	9
	mr	2, 4
	mr	0, 3
	mr	3, 6
	mr	4, 7
	mr	5, 8
	sync
	rfid
.Lopal_done:
	/* Big-endian: the same state, but little-endian, after the last of these. */
	swapped	0x7d6000a6 /* mfmsr r11 */
	swapped	0x696b0001 /* xori r11, r11, 1 */
	swapped	0x429f0005 /* bcl 20, 31, .+4 */
	swapped	0x7d8802a6 /* mflr r12 */
	swapped	0x398c0014 /* addi r12, r12, 20 */
	swapped	0x7d9a03a6 /* mtsrr0 r12 */
	swapped	0x7d7b03a6 /* mtsrr1 r11 */
	swapped	0x4c000024 /* rfid */
	ld	2, 24(1)
	ld	0, 16(1)
	mtlr	0
	blr
	.size opal_call, . - opal_call

/*
 * int64_t hypervisor_put(uint64_t terminal, uint64_t count, uint64_t first, uint64_t second): H_PUT_TERM_CHAR
 */
	.section .text.hypervisor_put, "ax", @progbits
	.globl hypervisor_put
	.type hypervisor_put, @function
hypervisor_put:
	mr	7, 6
	mr	6, 5
	mr	5, 4
	mr	4, 3
	li	3, 0x58
	sc	1
	blr
	.size hypervisor_put, . - hypervisor_put

/* void hypervisor_cede(void): sleeps until an interrupt, which is taken with interrupts on. */
	.section .text.hypervisor_cede, "ax", @progbits
	.globl hypervisor_cede
	.type hypervisor_cede, @function
hypervisor_cede:
	li	3, 0xe0
	sc	1
	blr
	.size hypervisor_cede, . - hypervisor_cede

/*
 * What machine_before_regions() puts to address 0x100, after what was there has been saved. Other CPUs may come here
 * too, from the old kernel, and the one of ours may be big-endian or in the firmware.
 */
#define VECTORS_AT 0x100
	.section .text.vectors, "ax", @progbits
	.globl vectors
	.globl vectors_end
vectors:
	/* System reset: it says nothing about the image, which the checks judge in any case. */
	tdi	0, 0, 0x48 /* little-endian: nothing; big-endian: b .+8 */
	rfid
	swapped	0x4c000024 /* rfid */
	.rept	5
	nop
	.endr
	.rept	(0x1000 - 0x120) / 32
	tdi	0, 0, 0x48
	b	1f
	swapped	(0x48000001 | ((.Lvector_big - .) & 0x3fffffc)) /* bl .Lvector_big */
1:	bl	.Lvector_little
	nop
	nop
	nop
	nop
	.endr
	.if . - vectors != 0x1000 - VECTORS_AT
	.error "a vector is not 32 bytes"
	.endif
.Lvector_big:
	swapped	0x7c6802a6 /* mflr r3: in the vector */
	swapped	0x7c9a02a6 /* mfsrr0 r4 */
	swapped	0x7d6000a6 /* mfmsr r11 */
	swapped	0x696b0001 /* xori r11, r11, 1 */
	swapped	(0x39800000 | (VECTORS_AT + .Lvector_common - vectors)) /* li r12, .Lvector_common */
	swapped	0x7d9a03a6 /* mtsrr0 r12 */
	swapped	0x7d7b03a6 /* mtsrr1 r11 */
	swapped	0x4c000024 /* rfid */
.Lvector_little:
	mflr	3
	mfsrr0	4
.Lvector_common:
	/* Only our CPU has the address of exception_enter there. */
	li	5, VECTORS_AT + .Lvector_enter - vectors
	ld	6, 0(5)
	mfspr	7, SPRG0
	cmpld	6, 7
	bne	1f
	mtctr	6
	bctr
1:	or	31, 31, 31
	b	1b
	.globl vectors_enter
vectors_enter:
.Lvector_enter:
	.quad	0 /* address of exception_enter */
vectors_end:

/* r3: in the vector; r4: SRR0 */
	.section .text.exception_enter, "ax", @progbits
	.globl exception_enter
	.type exception_enter, @function
exception_enter:
	bcl	20, 31, 1f
1:	mflr	12
	addis	2, 12, (.TOC. - 1b)@ha
	addi	2, 2, (.TOC. - 1b)@l
	addis	1, 12, (stack_end - 1b)@ha
	addi	1, 1, (stack_end - 1b)@l
	addi	1, 1, -STACK_FRAME
	mfdar	5
	bl	exception_common
	nop
	trap
	.size exception_enter, . - exception_enter

/*
 * _Noreturn void enter_kernel(uint64_t entry, uint64_t tree, uint64_t opal_base, uint64_t opal_entry):
 * r3 = tree, r4 = kernel, r5 = 0, r8 and r9 of OPAL; big-endian, as every kernel's first instructions take it.
 */
	.section .text.enter_kernel, "ax", @progbits
	.globl enter_kernel
	.type enter_kernel, @function
enter_kernel:
	addis	7, 2, boot_cpu@toc@ha
	lwz	7, boot_cpu@toc@l(7)
	li	8, DTB_AT_VERSION
	lwbrx	9, 8, 4
	cmplwi	9, 2
	blt	1f
	li	8, DTB_AT_BOOT_CPU
	stwbrx	7, 8, 4
1:	mr	8, 5
	mr	9, 6
	mtsrr0	3
	mfmsr	11
	rldicr	11, 11, 0, 62
	mtsrr1	11
	mr	10, 3
	mr	3, 4
	mr	4, 10
	li	5, 0
	li	6, 0
	li	7, 0
	sync
	icbi	0, 4
	sync
	isync
	rfid
	.size enter_kernel, . - enter_kernel

	.section .bss.boot_cpu, "aw", @nobits
	.balign 8
boot_cpu:
	.zero	8

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero	STACK_BYTES
stack_end:

	.section .note.GNU-stack, "", @progbits
