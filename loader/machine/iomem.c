/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/iomem.h"

#include "memory.h"
#include "base/scan.h"

struct line {
	uint64_t start;
	uint64_t last;
	const char *name;
	size_t name_size;
};

/* INDENT START "-" LAST " : " NAME; the name is free text and may hold " : " again. */
static bool parse_line(const char *at, const char *end, struct line *line)
{
	while (*at == ' ')
		at++;
	if (!scan_hex(&at, &line->start) || !scan_word(&at, "-") || !scan_hex(&at, &line->last) ||
	    !scan_word(&at, " : ") || at > end)
		return false;
	line->name = at;
	line->name_size = (size_t)(end - at);
	return true;
}

static bool named(const struct line *line, const char *name)
{
	size_t length = str_length(name);

	return line->name_size == length && mem_equal(line->name, name, length);
}

/* "System RAM", or "System RAM (kmem)" and the like: hot-plugged by a driver. */
static bool is_ram(const struct line *line)
{
	static const char prefix[] = "System RAM (";

	return named(line, "System RAM") ||
	       (line->name_size >= sizeof(prefix) &&
		mem_equal(line->name, prefix, sizeof(prefix) - 1));
}

static struct ranges *list_of(struct iomem *map, const struct line *line)
{
	if (is_ram(line))
		return &map->ram;
	if (named(line, "ACPI Tables"))
		return &map->acpi_tables;
	if (named(line, "ACPI Non-volatile Storage"))
		return &map->acpi_nvs;
	if (named(line, "Reserved") || named(line, "reserved"))
		return &map->reserved;
	if (named(line, "Persistent Memory"))
		return &map->pmem;
	if (named(line, "Persistent Memory (legacy)"))
		return &map->pmem_legacy;
	if (named(line, "GART"))
		return &map->gart;
	return NULL;
}

static struct range *part_of(struct iomem *map, const struct line *line)
{
	if (named(line, "Kernel code"))
		return &map->kernel_code;
	if (named(line, "Kernel data"))
		return &map->kernel_data;
	return named(line, "Kernel image") ? &map->kernel_image : NULL;
}

static enum status bad_line(struct failure *f, unsigned long number, const char *why)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "/proc/iomem line ");
	text_decimal(t, number);
	text_put(t, why);
	return failure_end(f, NULL);
}

enum status iomem_parse(struct iomem *map, const char *text, size_t size, struct failure *f)
{
	const char *at = text;
	unsigned long number = 0;
	bool any_address = false;

	map->ram.count = 0;
	map->acpi_tables.count = 0;
	map->acpi_nvs.count = 0;
	map->reserved.count = 0;
	map->pmem.count = 0;
	map->pmem_legacy.count = 0;
	map->gart.count = 0;
	map->crash_count = 0;
	map->kernel_code = map->kernel_data = map->kernel_image = (struct range){ 0, 0 };
	while (at < text + size) {
		const char *end = at;
		struct line line;

		number++;
		while (end < text + size && *end != '\n')
			end++;
		if (!parse_line(at, end, &line))
			return bad_line(f, number, " is not \"start-end : name\"");
		at = end + 1;
		if (line.start != 0 || line.last != 0)
			any_address = true;
		struct ranges *list = list_of(map, &line);
		bool crash = named(&line, "Crash kernel");
		struct range *part = part_of(map, &line);
		if (!list && !crash && !part)
			continue;
		if (line.last < line.start || line.last == UINT64_MAX)
			return bad_line(f, number, " ends before it starts, or at the end of addresses");
		struct range r = { line.start, line.last + 1 };
		if (list) {
			/* Hidden lines are all 0-0: told below, not as a matter of order or room. */
			if (list->count > 0 && r.start < list->items[list->count - 1].start)
				return bad_line(f, number, " is not in ascending order");
			if (!ranges_append(list, r))
				return fail(f, STATUS_TOO_MANY_RANGES,
					    "/proc/iomem has more ranges of one kind than the loader holds", NULL);
		} else if (part) {
			*part = r;
		} else {
			/* All zeros: hidden. They must not be counted as regions. */
			if (line.last == 0)
				continue;
			if (map->crash_count == 2)
				return bad_line(f, number, " is a third crash region");
			if (map->crash_count == 1 && r.start < map->crash[0].end)
				return bad_line(f, number, " overlaps the crash region before it");
			map->crash[map->crash_count++] = r;
		}
	}
	if (number == 0)
		return fail(f, STATUS_BAD_LIVE_VALUE, "/proc/iomem is empty", NULL);
	if (!any_address)
		return fail(f, STATUS_HIDDEN_ADDRESSES, "/proc/iomem shows zeros instead of addresses",
			    "run with CAP_SYS_ADMIN in the initial user namespace");
	if (map->ram.count == 0)
		return fail(f, STATUS_BAD_LIVE_VALUE, "/proc/iomem has no System RAM", NULL);
	return STATUS_OK;
}

struct range iomem_crash_main(const struct iomem *map)
{
	if (map->crash_count == 0)
		return (struct range){ 0, 0 };
	return map->crash[map->crash_count - 1];
}

struct range iomem_crash_low(const struct iomem *map)
{
	if (map->crash_count < 2)
		return (struct range){ 0, 0 };
	return map->crash[0];
}
