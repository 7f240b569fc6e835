/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console of the hypervisor (H_PUT_TERM_CHAR, PAPR) or of OPAL (OPAL_CONSOLE_WRITE): both take characters in
 * small portions, and say when they cannot.
 */
#include "firmware.h"
#include "machine.h"

#define H_SUCCESS 0
#define H_BUSY 1
#define PORTION 16u /* H_PUT_TERM_CHAR: two registers */

#define OPAL_CONSOLE_WRITE 1u
#define OPAL_POLL_EVENTS 10u
#define OPAL_CONSOLE_FLUSH 117u
#define OPAL_SUCCESS 0
#define OPAL_BUSY (-2)
#define OPAL_BUSY_EVENT (-12)

/* For one portion; a console that takes none until then is wedged. */
#define PATIENCE (500 * TICKS_PER_MS)

static uint64_t terminal;
static struct purgatory_firmware opal;
static bool works;

void machine_console_open(const struct purgatory_head *head, bool shared)
{
	(void)shared; /* nobody asks first here */
	works = head->console_kind == CONSOLE_KIND_HVC;
	terminal = head->console_base;
	opal = firmware_known();
	/* Below a hypervisor nothing but its call is needed, which no corruption can take away. */
	if (firmware_is_ours() && opal.kind != FIRMWARE_KIND_OPAL)
		works = false;
}

static uint64_t ask_opal(uint64_t token, uint64_t a, uint64_t b, uint64_t c)
{
	return (uint64_t)opal_call(token, opal.base, opal.entry, a, b, c);
}

/* Up to PORTION characters as the registers have them: the first is the highest byte. */
static int64_t put_by_hypervisor(const char *text, uint64_t count)
{
	uint64_t words[2] = { 0, 0 };

	for (uint64_t i = 0; i < count; i++)
		words[i / 8] |= (uint64_t)(uint8_t)text[i] << (56 - 8 * (i % 8));
	return hypervisor_put(terminal, count, words[0], words[1]);
}

static int64_t put_by_opal(const char *text, uint64_t count)
{
	uint64_t length = __builtin_bswap64(count);
	int64_t answer = (int64_t)ask_opal(OPAL_CONSOLE_WRITE, terminal, (uint64_t)(uintptr_t)&length,
					   (uint64_t)(uintptr_t)text);

	/* It may have taken a part: the rest is lost, rather than all of it said twice. */
	return answer == OPAL_BUSY || answer == OPAL_BUSY_EVENT ? H_BUSY : answer;
}

static void put_portion(const char *text, uint64_t count)
{
	const uint64_t start = firmware_ticks();

	for (;;) {
		int64_t answer = firmware_is_ours() ? put_by_opal(text, count)
						    : put_by_hypervisor(text, count);

		if (answer == H_SUCCESS)
			return;
		if (answer != H_BUSY || firmware_ticks() - start > PATIENCE)
			break;
		if (firmware_is_ours())
			(void)ask_opal(OPAL_POLL_EVENTS, 0, 0, 0);
	}
	works = false;
}

void machine_console_put(const char *text)
{
	while (*text != '\0' && works) {
		uint64_t count = 0;

		while (count < PORTION && text[count] != '\0')
			count++;
		put_portion(text, count);
		text += count;
	}
}

void machine_console_drain(void)
{
	const uint64_t start = firmware_ticks();

	if (!works || !firmware_is_ours())
		return;
	/* More to come is OPAL_PARTIAL or OPAL_BUSY, which polling drives. */
	while (ask_opal(OPAL_CONSOLE_FLUSH, terminal, 0, 0) != OPAL_SUCCESS &&
	       firmware_ticks() - start < PATIENCE)
		(void)ask_opal(OPAL_POLL_EVENTS, 0, 0, 0);
}

void machine_console_close(void)
{
}
