/* SPDX-License-Identifier: Apache-2.0 */
/* 16550 UART at I/O ports, polled (register names as in the PC16550D data sheet). */
#include "machine.h"
#include "port_io.h"

enum {
	THR = 0, /* DLAB off: transmit holding */
	DLL = 0, /* DLAB on: divisor, low */
	IER = 1, /* DLAB off: interrupt enable */
	DLM = 1, /* DLAB on: divisor, high */
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
};

#define UART_PORTS 8u
#define LCR_8N1 0x03u
#define LCR_DLAB 0x80u
#define FCR_ENABLE_AND_CLEAR 0x07u
#define MCR_DTR_RTS 0x03u
#define LSR_THRE 0x20u /* room for a character */
#define LSR_TEMT 0x40u /* the line is idle */
#define UART_CLOCK 115200u /* 1.8432 MHz / 16 */

/* 100 ms where a port read takes a microsecond: a character takes 33 ms at 300 baud. */
#define PATIENCE 100000u

static uint16_t uart_base;
static bool uart_works;

static bool wait_for(uint8_t bits)
{
	for (unsigned int i = 0; i < PATIENCE; i++)
		if ((port_in8((uint16_t)(uart_base + LSR)) & bits) == bits)
			return true;
	/* Wedged: the rest of the text is dropped at once rather than waiting for each character. */
	uart_works = false;
	return false;
}

static void set_line(uint32_t baud)
{
	uint32_t divisor = UART_CLOCK / baud;

	if (divisor == 0)
		divisor = 1;
	if (divisor > 0xffff)
		divisor = 0xffff;
	port_out8((uint16_t)(uart_base + LCR), LCR_DLAB | LCR_8N1);
	port_out8((uint16_t)(uart_base + DLL), (uint8_t)divisor);
	port_out8((uint16_t)(uart_base + DLM), (uint8_t)(divisor >> 8));
	port_out8((uint16_t)(uart_base + LCR), LCR_8N1);
	port_out8((uint16_t)(uart_base + FCR), FCR_ENABLE_AND_CLEAR);
	port_out8((uint16_t)(uart_base + MCR), MCR_DTR_RTS);
}

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	(void)shared; /* nobody asks first here */
	uart_works = head->console_kind == CONSOLE_KIND_PORT_UART &&
		     head->console_base <= UINT16_MAX - (UART_PORTS - 1);
	if (!uart_works)
		return;
	uart_base = (uint16_t)head->console_base;
	/* What the dead kernel's driver still has in its FIFO goes out first. */
	(void)wait_for(LSR_TEMT);
	uart_works = true;
	/* The line control register may have been left with DLAB on, which hides THR. */
	port_out8((uint16_t)(uart_base + LCR),
		  (uint8_t)(port_in8((uint16_t)(uart_base + LCR)) & ~LCR_DLAB));
	port_out8((uint16_t)(uart_base + IER), 0);
	if (head->console_baud != 0)
		set_line(head->console_baud);
}

void machine_console_put(const char *text)
{
	for (; *text != '\0' && uart_works; text++)
		if (wait_for(LSR_THRE))
			port_out8((uint16_t)(uart_base + THR), (uint8_t)*text);
}

void machine_console_drain(void)
{
	if (uart_works)
		(void)wait_for(LSR_TEMT);
}

void machine_console_close(void)
{
}
