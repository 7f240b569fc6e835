/* SPDX-License-Identifier: Apache-2.0 */
#include "x86.h"

static char separator(enum e820_type type)
{
	switch (type) {
	case E820_ACPI:
	case E820_NVS:
		return '#';
	case E820_RESERVED:
		return '$';
	case E820_PRAM:
		return '!';
	case E820_PMEM:
		return '%';
	case E820_RAM:
		break;
	}
	return '@';
}

void x86_append_memmap(const struct e820 *map, struct text *t)
{
	text_put(t, " memmap=exactmap");
	for (uint32_t i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->entries[i];
		/* The words count in KiB: RAM shrinks to them, so that none of it is not there; the rest grows. */
		bool ram = e->type == E820_RAM;
		uint64_t start = e->range.start / 1024 + (ram && e->range.start % 1024 != 0);
		uint64_t end = e->range.end / 1024 + (!ram && e->range.end % 1024 != 0);
		if (start >= end)
			continue;
		text_put(t, " memmap=");
		text_decimal(t, end - start);
		text_char(t, 'K');
		text_char(t, separator(e->type));
		text_decimal(t, start);
		text_char(t, 'K');
		/* It has no sign of its own: a region of any kind becomes one of type 7. */
		if (e->type == E820_PMEM)
			text_put(t, "+7");
	}
}
