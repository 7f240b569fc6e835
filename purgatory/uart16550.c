/* SPDX-License-Identifier: Apache-2.0 */
/* Register names as in the PC16550D data sheet. */
#include "uart16550.h"

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

#define LCR_8N1 0x03u
#define LCR_DLAB 0x80u
#define FCR_ENABLE_AND_CLEAR 0x07u
#define MCR_DTR_RTS 0x03u
#define LSR_THRE 0x20u /* room for a character */
#define LSR_TEMT 0x40u /* the line is idle */
#define UART_CLOCK 115200u /* 1.8432 MHz / 16 */

static unsigned int reads_of_patience;
static bool works;

static bool wait_for(uint8_t bits)
{
	for (unsigned int i = 0; i < reads_of_patience; i++)
		if ((uart16550_in(LSR) & bits) == bits)
			return true;
	/* Wedged: the rest of the text is dropped at once rather than waiting for each character. */
	works = false;
	return false;
}

static void set_line(uint32_t baud)
{
	uint32_t divisor = UART_CLOCK / baud;

	if (divisor == 0)
		divisor = 1;
	if (divisor > 0xffff)
		divisor = 0xffff;
	uart16550_out(LCR, LCR_DLAB | LCR_8N1);
	uart16550_out(DLL, (uint8_t)divisor);
	uart16550_out(DLM, (uint8_t)(divisor >> 8));
	uart16550_out(LCR, LCR_8N1);
	uart16550_out(FCR, FCR_ENABLE_AND_CLEAR);
	uart16550_out(MCR, MCR_DTR_RTS);
}

void uart16550_open(unsigned int patience, uint32_t baud)
{
	reads_of_patience = patience;
	/* What the dead kernel's driver still has in its FIFO goes out first. */
	(void)wait_for(LSR_TEMT);
	works = true;
	/* The line control register may have been left with DLAB on, which hides THR. */
	uart16550_out(LCR, (uint8_t)(uart16550_in(LCR) & ~LCR_DLAB));
	uart16550_out(IER, 0);
	if (baud != 0)
		set_line(baud);
}

void uart16550_put(const char *text)
{
	for (; *text != '\0' && works; text++)
		if (wait_for(LSR_THRE))
			uart16550_out(THR, (uint8_t)*text);
}

void uart16550_drain(void)
{
	if (works)
		(void)wait_for(LSR_TEMT);
}

void uart16550_close(void)
{
	works = false;
}
