/* SPDX-License-Identifier: Apache-2.0 */
/* A PL011, or what of it the SBSA asks for (Arm DDI 0183, DEN 0029); or a 16550 in memory. */
#include "machine.h"
#include "uart16550.h"
#include "uart16550_memory.h"

#define DR 0x00u
#define FR 0x18u
#define FR_BUSY (1u << 3)
#define FR_FULL (1u << 5)
#define REGISTERS_END 0x1cu

/* Where a read takes 100 ns, 100 ms: a character takes 33 ms at 300 baud. */
#define PATIENCE 1000000u

static uint64_t base; /* 0: none is open */

static volatile uint32_t *pl011(unsigned int offset)
{
	return (volatile uint32_t *)(uintptr_t)(base + offset);
}

static void wait_while(uint32_t bits)
{
	for (unsigned int i = 0; base != 0; i++) {
		if ((*pl011(FR) & bits) == 0)
			return;
		/* Wedged: the rest of the text is dropped at once rather than waiting for each character. */
		if (i == PATIENCE)
			base = 0;
	}
}

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	(void)shared; /* nobody asks first here */
	uart16550_close();
	base = 0;
	if (uart16550_memory_open(head) || head->console_kind != CONSOLE_KIND_PL011 ||
	    head->console_base % 4 != 0 || head->console_base > UINT64_MAX - REGISTERS_END)
		return;
	/* The line stays as its driver left it: some have no clock that could be divided here. */
	base = head->console_base;
}

void machine_console_put(const char *text)
{
	uart16550_put(text);
	for (; *text != '\0' && base != 0; text++) {
		wait_while(FR_FULL);
		if (base != 0)
			*pl011(DR) = (uint8_t)*text;
	}
}

void machine_console_drain(void)
{
	uart16550_drain();
	wait_while(FR_BUSY);
}

void machine_console_close(void)
{
}
