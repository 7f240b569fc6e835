/* SPDX-License-Identifier: Apache-2.0 */
#include "uart16550_memory.h"

#include "uart16550.h"

/* Where a read takes 100 ns: memory may answer faster than a port, and waiting longer costs little here. */
#define PATIENCE 1000000u

static uint64_t base;
/* Registers of 32 bits, four bytes apart. */
static bool wide;

uint8_t uart16550_in(unsigned int reg)
{
	return wide ? (uint8_t)*(const volatile uint32_t *)(uintptr_t)(base + reg * 4)
		    : *(const volatile uint8_t *)(uintptr_t)(base + reg);
}

void uart16550_out(unsigned int reg, uint8_t value)
{
	if (wide)
		*(volatile uint32_t *)(uintptr_t)(base + reg * 4) = value;
	else
		*(volatile uint8_t *)(uintptr_t)(base + reg) = value;
}

bool uart16550_memory_open(const struct purgatory_head *head)
{
	wide = head->console_kind == CONSOLE_KIND_MEMORY_UART32;
	if (head->console_kind != CONSOLE_KIND_MEMORY_UART && !wide)
		return false;
	/* No address, or one on which a register would wrap or fault. */
	if (head->console_base == 0 || head->console_base > UINT64_MAX - UART16550_REGISTERS * 4 ||
	    (wide && head->console_base % 4 != 0))
		return false;
	base = head->console_base;
	/* What divides the clock of such a UART, its driver knew: the line stays as it is. */
	uart16550_open(PATIENCE, 0);
	return true;
}
