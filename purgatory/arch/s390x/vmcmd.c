/* SPDX-License-Identifier: Apache-2.0 */
#include "vmcmd.h"

#include "check.h"
#include "cpu.h"
#include "ebcdic.h"
#include "machine.h"
#include "memory.h"
#include "message.h"
#include "stop.h"

/* Made into EBCDIC in `to`: how many bytes, 0 where it is not a text that DIAG 8 takes. */
static uint32_t commands_of(const struct finding *block, uint8_t to[VMCMD_BYTES])
{
	const char *text = (const char *)(uintptr_t)block->start;
	uint32_t size = 0;

	if (block->size < VMCMD_BYTES)
		return 0;
	for (; text[size] != '\0'; size++) {
		/* Its last byte is the NUL of the longest text. */
		if (size == VMCMD_BYTES - 1)
			return 0;
		to[size] = text[size] == '\n' ? EBCDIC_LINE_END : ebcdic(text[size]);
		if (to[size] == 0)
			return 0;
	}
	return size;
}

static void say(const char *what, uint64_t number)
{
	char buffer[64];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_put(&text, "crashseal: CP ");
	text_put(&text, what);
	if (number != 0)
		text_decimal(&text, number);
	text_put(&text, "\r\n");
	machine_console_put(buffer);
}

void vmcmd(const struct purgatory_head *head, const struct purgatory_step *step, bool last)
{
	static uint8_t commands[VMCMD_BYTES];
	struct finding block;
	uint64_t result;
	uint32_t size;

	if (!check_policy_region(head, step->arg0, &block)) {
		char buffer[MESSAGE_BYTES];
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		message_finding(&text, head, &block);
		machine_console_put(buffer);
		return;
	}
	size = commands_of(&block, commands);
	if (size == 0) {
		say("is given no commands", 0);
		return;
	}
	cpu_take_lowcore();
	if (last)
		stop_others();
	result = cpu_diag8(commands, size);
	if (result == CPU_TRAPPED)
		say("is not there: no z/VM", 0);
	else
		say(result == 0 ? "has done its commands" : "has answered ", result);
}
