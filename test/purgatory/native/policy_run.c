/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purgatory as it is, with the x86 console and reset, on a machine of paper.
 * stdin: u32 state of the UART, u32 vector to raise, u32 when, u32 offset of a byte to damage
 * once loaded (or NO_DAMAGE), then an image (loaded_image.h).
 * stdout: what the machine was asked, one line each; `uart TEXT` where characters went out.
 */
#include "bundle_format.h"
#include "cpu_features.h"
#include "io.h"
#include "loaded_image.h"
#include "machine.h"
#include "port_io.h"
#include "purgatory.h"
#include "text.h"

#define UART_SOUND 0u
#define UART_WEDGED 1u /* never has room */
#define UART_ABSENT 2u /* a bus without a device reads all ones */

#define RAISE_NEVER 0u
#define RAISE_AT_START 1u  /* before the head is checked */
#define RAISE_IN_CHECKS 2u /* between head and regions */
#define RAISE_IN_POLICY 3u /* at the first character */
#define RAISE_ALWAYS 4u	   /* at each port of the reset chain as well */
#define RAISE_IN_HALT 5u   /* an NMI wakes the CPU, once */

#define NO_DAMAGE UINT32_MAX

#define COM1 0x3f8u
#define COM1_LCR (COM1 + 3)
#define COM1_LSR (COM1 + 5)
#define LCR_DLAB 0x80u

#define HEADER_BYTES 16u

static uint8_t input[LOADED_MAX + HEADER_BYTES];
/* The dead kernel stopped in the middle of setting the speed. */
static uint8_t line_control = LCR_DLAB | 0x03;
static uint32_t uart_state;
static uint32_t raise_vector;
static uint32_t raise_when;
static uint64_t status_reads;
static char line[256];
static struct text text;

static void flush_uart(void)
{
	if (text.used == 0)
		return;
	io_print("uart ");
	io_print(line);
	io_print("\n");
	text_init(&text, line, sizeof(line));
}

static void tell(const char *what, uint64_t a, uint64_t b)
{
	char buffer[96];
	struct text t;

	flush_uart();
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, what);
	text_put(&t, " ");
	text_hex(&t, a);
	text_put(&t, " ");
	text_hex(&t, b);
	text_put(&t, "\n");
	io_print(buffer);
}

static _Noreturn void finish(const char *how)
{
	flush_uart();
	io_print(how);
	io_print("\n");
	tell("line status reads", status_reads, 0);
	io_exit(0);
}

static void raise_when_due(uint32_t when)
{
	if (raise_when != when && raise_when != RAISE_ALWAYS)
		return;
	if (raise_when != RAISE_ALWAYS)
		raise_when = RAISE_NEVER;
	purgatory_exception(loaded_image, raise_vector, 0x1234, 0x5678);
}

uint8_t port_in8(uint16_t port)
{
	if (port == COM1_LCR)
		return line_control;
	if (port == COM1_LSR) {
		status_reads++;
		return uart_state == UART_SOUND ? 0x60 : uart_state == UART_WEDGED ? 0x00 : 0xff;
	}
	return port == 0x64 ? 0 : 0xff;
}

void port_out8(uint16_t port, uint8_t value)
{
	if (port == COM1_LCR)
		line_control = value;
	if (port == COM1 && (line_control & LCR_DLAB) == 0) {
		raise_when_due(RAISE_IN_POLICY);
		if (value == '\n')
			flush_uart();
		else if (value != '\r')
			text_char(&text, (char)value);
		return;
	}
	tell("out", port, value);
	if (port == 0xcf9 && raise_when == RAISE_ALWAYS)
		raise_when_due(RAISE_ALWAYS);
}

void machine_catch_exceptions(void)
{
	raise_when_due(RAISE_AT_START);
}

void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	tell("features", features, 0);
	raise_when_due(RAISE_IN_CHECKS);
	return features & cpu_features_detect();
}

void machine_features_end(void)
{
	tell("features end", 0, 0);
}

_Noreturn void machine_give_up(void)
{
	finish("give up");
}

_Noreturn void machine_halt(const struct finding *finding)
{
	(void)finding;
	raise_when_due(RAISE_IN_HALT);
	finish("halt");
}

_Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument)
{
	tell("enter", entry - (uint64_t)(uintptr_t)loaded_image, argument);
	finish("capture");
}

int test_main(void)
{
	size_t size = io_read_all(input, sizeof(input));
	uint32_t damage;

	text_init(&text, line, sizeof(line));
	if (size < HEADER_BYTES || !load_image(input + HEADER_BYTES, size - HEADER_BYTES))
		return 2;
	uart_state = load32_le(input);
	raise_vector = load32_le(input + 4);
	raise_when = load32_le(input + 8);
	damage = load32_le(input + 12);
	if (damage < LOADED_MAX)
		loaded_image[damage] = (uint8_t)(loaded_image[damage] ^ 0x10);
	else if (damage != NO_DAMAGE)
		return 2;
	purgatory_start(loaded_image);
}
