/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550 UART, polled, wherever its registers are. */
#ifndef UART16550_H
#define UART16550_H

#include <stdbool.h>
#include <stdint.h>

/* What a bus provides (arch/x86/console.c: ports, uart16550_memory.c: memory): register 0 to 7. */
uint8_t uart16550_in(unsigned int reg);
void uart16550_out(unsigned int reg, uint8_t value);

#define UART16550_REGISTERS 8u

/* `patience`: so many reads of a register are 100 ms, and a character takes 33 ms at 300 baud. `baud` 0: as it is. */
void uart16550_open(unsigned int patience, uint32_t baud);
/* Nothing is put until it is open. */
void uart16550_put(const char *text);
void uart16550_drain(void);
void uart16550_close(void);

#endif
