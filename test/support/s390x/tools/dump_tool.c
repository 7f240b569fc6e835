/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in for a stand-alone dump tool: it says that it was IPLed, and what of the crashed
 * kernel it finds in memory. A real one would write that to its disk.
 */
#include "sclp.h"

/* Lowcore of s390x Linux: where it tells dumpers the place of VMCOREINFO, and where CPU status is saved. */
#define LOWCORE_SUBCHANNEL 0xb8UL
#define LOWCORE_VMCOREINFO 0xe0cUL
#define LOWCORE_SAVED_PSW 0x1300UL
#define LOWCORE_SAVED_PREFIX 0x1318UL

#define PAGE_SIZE 4096UL
/* A program that ended as it should. */
#define WAIT_DONE 0xd00dUL
#define NOTE_NAME "VMCOREINFO"

struct tool_arguments {
	char magic[8];
	uint64_t memory_size;
	char mark[16];
};

extern const struct tool_arguments tool_arguments;
uint64_t tool_main(void);

struct note {
	uint32_t name_size;
	uint32_t content_size;
	uint32_t type;
	char name[12];
	char content[];
};

/* Real addresses, zero among them: the compiler is to know nothing about the objects there. */
static const volatile char *at(uint64_t address)
{
	const volatile char *pointer = (const volatile char *)address;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static uint64_t number(uint64_t address, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value = value << 8 | (unsigned char)at(address + i)[0];
	return value;
}

static int begins_with(const volatile char *bytes, const char *wanted, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != wanted[i])
			return 0;
	return 1;
}

static uint64_t count_marked_pages(void)
{
	uint64_t count = 0;

	for (uint64_t page = 0; page < tool_arguments.memory_size; page += PAGE_SIZE)
		count += (uint64_t)begins_with(at(page), tool_arguments.mark,
					       sizeof(tool_arguments.mark));
	return count;
}

/* The lines of VMCOREINFO that tell which kernel it was. */
static void say_vmcoreinfo(void)
{
	uint64_t address = number(LOWCORE_VMCOREINFO, 8);
	const struct note *note = (const struct note *)address;
	size_t size;

	sclp_string("dump-tool: vmcoreinfo ");
	if (address == 0 || address >= tool_arguments.memory_size - PAGE_SIZE ||
	    !begins_with(note->name, NOTE_NAME, sizeof(NOTE_NAME))) {
		sclp_string("not found");
		sclp_end_line();
		return;
	}
	size = note->content_size < PAGE_SIZE ? note->content_size : PAGE_SIZE;
	for (size_t i = 0; i < size; i++) {
		if (note->content[i] == '\n') {
			sclp_end_line();
			sclp_string("dump-tool: vmcoreinfo ");
		} else {
			sclp_text(note->content + i, 1);
		}
	}
	sclp_string("end");
	sclp_end_line();
}

uint64_t tool_main(void)
{
	sclp_init();
	sclp_string("dump-tool: IPLed from subchannel ");
	sclp_hex(number(LOWCORE_SUBCHANNEL, 4), 8);
	sclp_end_line();
	say_vmcoreinfo();
	sclp_string("dump-tool: marked pages ");
	sclp_decimal(count_marked_pages());
	sclp_end_line();
	sclp_string("dump-tool: saved psw ");
	sclp_hex(number(LOWCORE_SAVED_PSW, 8), 16);
	sclp_hex(number(LOWCORE_SAVED_PSW + 8, 8), 16);
	sclp_string(" prefix ");
	sclp_hex(number(LOWCORE_SAVED_PREFIX, 4), 8);
	sclp_end_line();
	return WAIT_DONE;
}
