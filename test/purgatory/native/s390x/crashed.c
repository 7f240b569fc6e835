/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of a crashed kernel: enters purgatory as machine_kexec of Linux 6.1 and 6.12 does,
 * first to ask, with a live lowcore, low-address protection and another CPU running, then to hand over.
 * What it saw stands in memory (struct report), for who reads that from outside.
 */
#include <stddef.h>
#include <stdint.h>

#include "crashed.h"

#define PSW_64_BIT 0x0000000180000000u
#define PSW_WAIT 0x0002000000000000u
#define LOW_ADDRESS_PROTECTION 0x10000000u
#define AFP_REGISTERS 0x00040000u /* all 16 floating-point registers, as Linux has them */

struct orders {
	uint64_t check_mask; /* PSW of the check call; 0: no check call */
	uint64_t start_mask; /* PSW of the start call; 0: no start call */
	uint64_t damage;     /* address of a byte to damage between them; 0: none */
};

struct machine {
	uint64_t general[10];  /* r6 to r15 */
	uint64_t floating[8];  /* f8 to f15 */
	uint32_t access[16];
	uint64_t answer;
	uint64_t mask;
};

struct report {
	uint64_t answer;
	uint64_t mask;		/* of the PSW, with the condition code left out */
	uint64_t registers;	/* how many that must survive did not */
	uint64_t control;	/* how many control registers changed */
	uint64_t memory;	/* how many doublewords outside purgatory's window changed */
	uint64_t other_cpu;	/* 1: it still ran afterwards */
	uint64_t prefix;
};

/* crashed.S */
void call_check(uint64_t psw_mask, struct machine *before, struct machine *after);
extern volatile uint64_t spins;
extern const uint8_t spin[];
_Noreturn void crashed_main(void);

static struct machine before, after;
static uint64_t control_before[16], control_after[16];

static _Noreturn void load_psw(uint64_t mask, uint64_t address)
{
	uint64_t psw[2] = { mask, address };

	__asm__ volatile("lpswe %0" : : "Q"(psw) : "memory");
	__builtin_unreachable();
}

static void signal_other(unsigned int order, uint64_t parameter)
{
	register uint64_t r1 __asm__("r1") = parameter;

	__asm__ volatile("0:\tsigp\t%0, %1, 0(%2)\n\tjo\t1f\n\tjnz\t0b\n1:\n"
			 : "+d"(r1)
			 : "d"((uint64_t)1), "a"((uint64_t)order)
			 : "cc", "memory");
}

/* The order is only taken note of: a CPU that stops after the last wait makes it a clean shutdown. */
static void stop_other(void)
{
	uint64_t stopped = 0;

	signal_other(5, 0);
	while ((stopped & 0x40) == 0) {
		register uint64_t r1 __asm__("r1") = 0;

		__asm__ volatile("sigp %0, %1, 1" : "+d"(r1) : "d"((uint64_t)1) : "cc", "memory");
		stopped = r1;
	}
}

static void set_prefix(uint32_t prefix)
{
	__asm__ volatile("spx %0" : : "Q"(prefix) : "memory");
}

static void set_cr0(uint64_t value)
{
	__asm__ volatile("lctlg %%c0, %%c0, %0" : : "S"(value) : "memory");
}

static void store_control(uint64_t at[16])
{
	__asm__ volatile("stctg %%c0, %%c15, %0" : "=S"(*(uint64_t(*)[16])at));
}

/* Doublewords of everything that purgatory must leave alone, in order, into a running sum. */
static uint64_t sum_range(uint64_t sum, uint64_t start, uint64_t end)
{
	for (const volatile uint64_t *p = (const volatile uint64_t *)start; (uint64_t)p < end; p++)
		sum = (sum << 7 | sum >> 57) ^ *p;
	return sum;
}

/* Not the first 8 KiB of absolute storage, where this program and its stack are, nor the report. */
static uint64_t sum_memory(void)
{
	uint64_t sum = 1;

	sum = sum_range(sum, 0, 0x2000);
	sum = sum_range(sum, PREFIX, PREFIX + 0x2000);
	sum = sum_range(sum, CRASH_BASE, PURGATORY);
	return sum_range(sum, OWN_SEGMENT_END, CRASH_BASE + CRASH_SIZE);
}

static uint64_t count_differences(void)
{
	uint64_t count = 0;

	for (size_t i = 0; i < 10; i++)
		count += before.general[i] != after.general[i];
	for (size_t i = 0; i < 8; i++)
		count += before.floating[i] != after.floating[i];
	for (size_t i = 0; i < 16; i++)
		count += before.access[i] != after.access[i];
	return count;
}

static void fill_new_psws(uint64_t lowcore)
{
	/* restart, external, SVC, program, machine check, I/O */
	for (uint64_t at = lowcore + 0x1a0; at < lowcore + 0x200; at += 16) {
		((volatile uint64_t *)at)[0] = PSW_64_BIT | PSW_WAIT;
		((volatile uint64_t *)at)[1] = WAIT_KERNEL_PROGRAM_CHECK + (at & 0xff0);
	}
}

static void ask(const struct orders *orders, volatile struct report *report)
{
	uint64_t sum, running;

	for (size_t i = 0; i < 8; i++) {
		before.general[i] = 0x1234567890abcd00 + i;
		before.floating[i] = 0xf1f2f3f4f5f6f700 + i;
	}
	for (uint32_t i = 0; i < 16; i++)
		before.access[i] = 0xacce5500 + i;
	store_control(control_before);
	sum = sum_memory();
	call_check(orders->check_mask, &before, &after);
	running = spins;
	report->answer = after.answer;
	report->mask = after.mask & ~UINT64_C(0x0000300000000000);
	report->registers = count_differences();
	report->memory = sum != sum_memory();
	store_control(control_after);
	for (size_t i = 0; i < 16; i++)
		report->control += control_before[i] != control_after[i];
	for (unsigned int i = 0; i < 100000000 && spins == running; i++)
		;
	report->other_cpu = spins != running;
	uint32_t prefix;
	__asm__ volatile("stpx %0" : "=Q"(prefix));
	report->prefix = prefix;
}

static uint32_t checksum(uint64_t at, uint64_t size)
{
	register uint64_t r2 __asm__("r2") = at;
	register uint64_t r3 __asm__("r3") = size;
	uint64_t sum = 0;

	__asm__ volatile("0:\tcksm\t%0, %1\n\tjo\t0b\n" : "+d"(sum), "+a"(r2), "+d"(r3) : : "cc", "memory");
	return (uint32_t)sum;
}

/* What this system is made of, as Linux leaves it for others: from where it would IPL again. */
static void describe(void)
{
	volatile uint32_t *info = (volatile uint32_t *)OS_INFO;

	((volatile uint64_t *)REIPL_BLOCK)[0] = 0x000000c800000000;
	((volatile uint64_t *)REIPL_BLOCK)[1] = 0x000000c002000000;
	*(volatile uint64_t *)OS_INFO = 0x4f53494e464f535a;
	info[13] = 0;
	info[14] = REIPL_BLOCK;
	info[15] = 0;
	info[16] = 200;
	info[17] = checksum(REIPL_BLOCK, 200);
	info[2] = checksum(OS_INFO + 12, 4096 - 12);
	*(volatile uint64_t *)0xe00 = 0;
	*(volatile uint64_t *)0xe18 = OS_INFO;
}

_Noreturn void crashed_main(void)
{
	const struct orders *orders = (const struct orders *)ORDERS;
	volatile struct report *report = (volatile struct report *)REPORT;
	uint64_t cr0;

	describe();
	fill_new_psws(0);
	fill_new_psws(PREFIX);
	/* Restart PSW of the other CPU, whose prefix is 0. */
	*(volatile uint64_t *)0x1a0 = PSW_64_BIT;
	*(volatile uint64_t *)0x1a8 = (uint64_t)(uintptr_t)spin;
	signal_other(6, 0);
	while (spins == 0)
		;
	for (uint64_t i = 0; i < STATUS_AREA_BYTES; i++)
		((volatile uint8_t *)STATUS_AREA)[i] = (uint8_t)(i * 7 + 1);
	set_prefix(PREFIX);
	store_control(control_before);
	cr0 = control_before[0] | AFP_REGISTERS;
	set_cr0(cr0 | LOW_ADDRESS_PROTECTION);
	if (orders->check_mask != 0)
		ask(orders, report);
	stop_other();
	if (orders->start_mask == 0)
		load_psw(PSW_64_BIT | PSW_WAIT, WAIT_ANSWERED);
	set_prefix(0);
	set_cr0(cr0);
	if (orders->damage != 0)
		*(volatile uint8_t *)orders->damage ^= 0x40;
	/* The kernel calls it as a function; coming back would be the end. */
	__asm__ volatile("\tlarl\t%%r14, 0f\n"
			 "\tlghi\t%%r2, 1\n"
			 "\tlpswe\t%0\n"
			 "0:\n"
			 :
			 : "Q"(*(const uint64_t(*)[2])&(const uint64_t[2]){ orders->start_mask,
									  PURGATORY_ENTRY })
			 : "r2", "r14", "memory");
	load_psw(PSW_64_BIT | PSW_WAIT, WAIT_CAME_BACK);
}
