/* SPDX-License-Identifier: Apache-2.0 */
#include "sclp.h"

/* Commands and event types as Linux and QEMU know them (drivers/s390/char/sclp.h). */
#define SCLP_WRITE_EVENT_DATA 0x00760005U
#define SCLP_WRITE_EVENT_MASK 0x00780005U
#define SCLP_EVENT_ASCII 0x1aU
#define SCLP_MASK_ASCII (0x80000000U >> (SCLP_EVENT_ASCII - 1))
/* Condition code of a service call while another one is not finished. */
#define SCLP_BUSY 2

#define LINE_SIZE 512

struct event_mask {
	uint16_t length;
	uint8_t function;
	uint8_t control[3];
	uint16_t response;
	uint16_t reserved;
	uint16_t mask_size;
	uint32_t receivable;
	uint32_t sendable;
	uint32_t event_receivable;
	uint32_t event_sendable;
};

struct event_data {
	uint16_t length;
	uint8_t function;
	uint8_t control[3];
	uint16_t response;
	uint16_t event_length;
	uint8_t event_type;
	uint8_t event_flags;
	uint16_t event_reserved;
	char text[LINE_SIZE];
};

_Static_assert(offsetof(struct event_data, text) == 14, "headers of an event");

/* Control blocks lie within one page, below 2 GiB. */
static struct event_mask mask __attribute__((aligned(64)));
static struct event_data line __attribute__((aligned(1024)));
static size_t used;

static void service_call(uint32_t command, void *block, volatile uint16_t *response)
{
	int condition;

	*response = 0;
	do {
		__asm__ volatile(".insn rre,0xb2200000,%1,%2\n\t"
				 "ipm %0\n\t"
				 "srl %0,28"
				 : "=d"(condition)
				 : "d"(command), "a"((uint32_t)(uintptr_t)block)
				 : "cc", "memory");
	} while (condition == SCLP_BUSY);
	/* The interruption that tells the end stays pending: nobody here wants it. */
	while (*response == 0)
		;
}

void sclp_init(void)
{
	mask.length = sizeof(mask);
	mask.mask_size = sizeof(mask.sendable);
	mask.sendable = SCLP_MASK_ASCII;
	service_call(SCLP_WRITE_EVENT_MASK, &mask, &mask.response);
}

static void flush(void)
{
	line.event_length = (uint16_t)(offsetof(struct event_data, text) + used -
				       offsetof(struct event_data, event_length));
	line.length = (uint16_t)(offsetof(struct event_data, text) + used);
	line.function = 0;
	line.event_type = SCLP_EVENT_ASCII;
	line.event_flags = 0;
	service_call(SCLP_WRITE_EVENT_DATA, &line, &line.response);
	used = 0;
}

void sclp_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (used == LINE_SIZE)
			flush();
		line.text[used++] = text[i];
	}
}

void sclp_string(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	sclp_text(text, size);
}

void sclp_hex(uint64_t value, unsigned int digits)
{
	while (digits-- > 0) {
		unsigned int digit = (unsigned int)(value >> (4 * digits)) & 15;
		char text = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);

		sclp_text(&text, 1);
	}
}

void sclp_decimal(uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	sclp_text(text + at, sizeof(text) - at);
}

void sclp_end_line(void)
{
	sclp_string("\r\n");
	flush();
}
