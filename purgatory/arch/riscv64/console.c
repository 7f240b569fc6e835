/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550 in memory, or whatever console the firmware has. */
#include "machine.h"
#include "sbi.h"
#include "uart16550.h"
#include "uart16550_memory.h"

static enum {
	SILENT,
	UART,
	FIRMWARE,	 /* by the debug console extension */
	FIRMWARE_LEGACY, /* before SBI 2.0 */
} console;

static bool is_there(unsigned long extension)
{
	struct sbi_answer answer = sbi_call(SBI_BASE, SBI_BASE_PROBE, extension, 0);

	return answer.error == 0 && answer.value != 0;
}

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	(void)shared; /* nobody asks first here */
	console = SILENT;
	if (uart16550_memory_open(head))
		console = UART;
	else if (head->console_kind == CONSOLE_KIND_SBI)
		console = is_there(SBI_DEBUG_CONSOLE) ? FIRMWARE : FIRMWARE_LEGACY;
}

void machine_console_put(const char *text)
{
	if (console == UART)
		uart16550_put(text);
	for (; *text != '\0' && console == FIRMWARE; text++)
		if (sbi_call(SBI_DEBUG_CONSOLE, SBI_DEBUG_CONSOLE_WRITE_BYTE, (uint8_t)*text, 0).error != 0)
			console = SILENT;
	for (; *text != '\0' && console == FIRMWARE_LEGACY; text++)
		(void)sbi_call(SBI_LEGACY_PUTCHAR, 0, (uint8_t)*text, 0);
}

/* The firmware has written a character when its call returns. */
void machine_console_drain(void)
{
	if (console == UART)
		uart16550_drain();
}

void machine_console_close(void)
{
}
