/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550 at I/O ports. */
#include "machine.h"
#include "port_io.h"
#include "uart16550.h"

/* 100 ms where a port read takes a microsecond. */
#define PATIENCE 100000u

static uint16_t uart_base;

uint8_t uart16550_in(unsigned int reg)
{
	return port_in8((uint16_t)(uart_base + reg));
}

void uart16550_out(unsigned int reg, uint8_t value)
{
	port_out8((uint16_t)(uart_base + reg), value);
}

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	(void)shared; /* nobody asks first here */
	uart16550_close();
	if (head->console_kind != CONSOLE_KIND_PORT_UART ||
	    head->console_base > UINT16_MAX - (UART16550_REGISTERS - 1))
		return;
	uart_base = (uint16_t)head->console_base;
	uart16550_open(PATIENCE, head->console_baud);
}

void machine_console_put(const char *text)
{
	uart16550_put(text);
}

void machine_console_drain(void)
{
	uart16550_drain();
}

void machine_console_close(void)
{
}
