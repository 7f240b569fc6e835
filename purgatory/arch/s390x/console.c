/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's consoles, by SCLP, the service-call logical processor: "Operating System
 * Messages", which takes lines in EBCDIC, and the "Integrated ASCII Console". Both get the text.
 * Formats as Linux has them in drivers/s390/char/sclp*.h; all numbers big-endian.
 */
#include "byteorder.h"
#include "cpu.h"
#include "ebcdic.h"
#include "machine.h"
#include "memory.h"
#include "stop.h"

#define WRITE_EVENT_DATA 0x00760005u
#define WRITE_EVENT_MASK 0x00780005u

/* Event types 1, 2 and 26, as bits from the left. */
#define MASK_OPERATOR_COMMAND 0x80000000u
#define MASK_MESSAGE 0x40000000u
#define MASK_ASCII 0x00000040u
#define TYPE_MESSAGE 0x02u
#define TYPE_ASCII 0x1au

/* Service-call control block: its header, then one event buffer, or masks. */
#define SCCB_BYTES 4096u
enum {
	SCCB_LENGTH = 0,
	SCCB_RESPONSE = 6,
	SCCB_EVENT = 8,
	EVENT_LENGTH = SCCB_EVENT,
	EVENT_TYPE = SCCB_EVENT + 2,
	EVENT_DATA = SCCB_EVENT + 6,
	MASK_LENGTH = 10,
	MASK_RECEIVE = 12,
	MASK_SEND = 16,
	MASK_SCLP_RECEIVE = 20,
	MASKS_END = 28,
};
#define RESPONSE_OK 0x0020u

/* A message data block within a message event: its header, a general object, one text object. */
enum {
	MDB = EVENT_DATA,
	MDB_TYPE = MDB + 2,
	MDB_TAG = MDB + 4,
	MDB_REVISION = MDB + 8,
	GENERAL = MDB + 12,
	GENERAL_TYPE = GENERAL + 2,
	TEXT_OBJECT = GENERAL + 56,
	TEXT_OBJECT_TYPE = TEXT_OBJECT + 2,
	TEXT_OBJECT_FLAGS = TEXT_OBJECT + 4,
	TEXT = TEXT_OBJECT + 10,
};
#define MDB_TAG_VALUE 0xd4c4c240u /* "MDB " */
#define TEXT_FLAGS_END_OF_TEXT 0x1000u

/* For one call, which takes milliseconds. */
#define PATIENCE (2 * CLOCK_SECOND)
#define PATIENCE_WITHOUT_CLOCK 1000000u

static _Alignas(SCCB_BYTES) uint8_t sccb[SCCB_BYTES];
/* Consoles that listen, as event masks. */
static uint32_t listeners;
/* The old kernel lives on. What it asked for is its own, and so is the signal for it. */
static bool shared_console;

/* A service signal may come to another CPU, or have come before: the next look is soon. */
#define NAP (CLOCK_SECOND / 100)

/* Waits a little; false when patience is at its end. `came` says whether a service signal did. */
static bool patient(uint64_t start, bool clock_runs, unsigned int tries, bool *came)
{
	uint64_t now;

	if (clock_runs && cpu_clock(&now)) {
		*came = now - start < PATIENCE && cpu_sleep(now + NAP, true);
		return now - start < PATIENCE;
	}
	*came = cpu_service_signal();
	return tries < PATIENCE_WITHOUT_CLOCK;
}

static bool call(uint32_t command)
{
	unsigned int tries = 0;
	uint64_t start = 0;
	bool clock_runs = cpu_clock(&start);
	unsigned int answer;
	bool came;

	/* Busy with what the dead kernel asked, until somebody takes the signal for that. */
	while ((answer = cpu_service_call(command, (uint64_t)(uintptr_t)sccb)) ==
	       SERVICE_CALL_BUSY)
		if (shared_console || !patient(start, clock_runs, tries++, &came))
			break;
	if (answer == SERVICE_CALL_ACCEPTED)
		while (patient(start, clock_runs, tries++, &came))
			/* A signal without a response is an old one. */
			if ((came || shared_console) && load16_be(sccb + SCCB_RESPONSE) != 0)
				return load16_be(sccb + SCCB_RESPONSE) == RESPONSE_OK || shared_console;
	/* Wedged: the rest of the text is dropped at once. */
	listeners = 0;
	return false;
}

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	listeners = 0;
	shared_console = shared;
	/* A service call takes an address of 31 bits. */
	if (head->console_kind != CONSOLE_KIND_SCLP || (uintptr_t)sccb > INT32_MAX)
		return;
	cpu_take_lowcore();
	/* Which consoles listen is for the old kernel to say; one that it left out refuses the event. */
	if (shared) {
		listeners = MASK_MESSAGE | MASK_ASCII;
		return;
	}
	stop_others();
	mem_set(sccb, 0, MASKS_END);
	store16_be(sccb + SCCB_LENGTH, MASKS_END);
	store16_be(sccb + MASK_LENGTH, 4);
	/* Operator commands are not read; but consoles may ask for both directions. */
	store32_be(sccb + MASK_RECEIVE, MASK_OPERATOR_COMMAND);
	store32_be(sccb + MASK_SEND, MASK_MESSAGE | MASK_ASCII);
	if (call(WRITE_EVENT_MASK))
		listeners = load32_be(sccb + MASK_SCLP_RECEIVE) & (MASK_MESSAGE | MASK_ASCII);
}

/* Before: `end` is where the event's data ends in the SCCB. */
static void send(uint8_t type, uint32_t end)
{
	store16_be(sccb + SCCB_LENGTH, (uint16_t)end);
	store16_be(sccb + EVENT_LENGTH, (uint16_t)(end - SCCB_EVENT));
	sccb[EVENT_TYPE] = type;
	(void)call(WRITE_EVENT_DATA);
}

static void put_ascii(const char *text)
{
	uint32_t end = EVENT_DATA;

	mem_set(sccb, 0, EVENT_DATA);
	for (; *text != '\0' && end < SCCB_BYTES; text++)
		sccb[end++] = (uint8_t)*text;
	send(TYPE_ASCII, end);
}

/* One line, up to `text_end`. */
static void put_message(const char *text, const char *text_end)
{
	uint32_t end = TEXT;

	mem_set(sccb, 0, TEXT);
	for (; text < text_end && end < SCCB_BYTES; text++) {
		const uint8_t byte = ebcdic(*text);

		if (byte != 0)
			sccb[end++] = byte;
	}
	if (end == TEXT)
		return;
	store16_be(sccb + MDB, (uint16_t)(end - MDB));
	store16_be(sccb + MDB_TYPE, 1);
	store32_be(sccb + MDB_TAG, MDB_TAG_VALUE);
	store32_be(sccb + MDB_REVISION, 1);
	store16_be(sccb + GENERAL, TEXT_OBJECT - GENERAL);
	store16_be(sccb + GENERAL_TYPE, 1);
	store16_be(sccb + TEXT_OBJECT, (uint16_t)(end - TEXT_OBJECT));
	store16_be(sccb + TEXT_OBJECT_TYPE, 4);
	store16_be(sccb + TEXT_OBJECT_FLAGS, TEXT_FLAGS_END_OF_TEXT);
	send(TYPE_MESSAGE, end);
}

void machine_console_put(const char *text)
{
	if ((listeners & MASK_ASCII) != 0)
		put_ascii(text);
	while (*text != '\0' && (listeners & MASK_MESSAGE) != 0) {
		const char *line_end = text;

		while (*line_end != '\0' && *line_end != '\n')
			line_end++;
		put_message(text, line_end);
		text = *line_end == '\0' ? line_end : line_end + 1;
	}
}

/* Each call is through when the next begins. */
void machine_console_drain(void)
{
}

void machine_console_close(void)
{
	listeners = 0;
	cpu_return_lowcore();
}
