/* SPDX-License-Identifier: Apache-2.0 */
/* I/O ports. A hosted build brings its own, so that tests see every access. */
#ifndef PORT_IO_H
#define PORT_IO_H

#include <stdint.h>

#if __STDC_HOSTED__
uint8_t port_in8(uint16_t port);
void port_out8(uint16_t port, uint8_t value);
#else
static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}
#endif

/*
 * About a microsecond on PC hardware: the POST code port is decoded slowly and has no side effect.
 * There is no timer to trust at this point; a VM may be faster or slower.
 */
static inline void port_delay(unsigned int microseconds)
{
	for (; microseconds > 0; microseconds--)
		(void)port_in8(0x80);
}

#endif
