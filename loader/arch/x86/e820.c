/* SPDX-License-Identifier: Apache-2.0 */
#include "byteorder.h"
#include "x86.h"

#define LOW_END (1u << 20)

static bool add(struct e820 *map, struct range r, enum e820_type type)
{
	if (r.start >= r.end)
		return true;
	if (map->count == SEAL_E820_MAX)
		return false;
	map->entries[map->count++] = (struct e820_entry){ r, type };
	return true;
}

static bool add_all(struct e820 *map, const struct ranges *list, enum e820_type type)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (!add(map, list->items[i], type))
			return false;
	return true;
}

/* `r` without `cut`, which the capture kernel would otherwise use as free memory. */
static bool add_ram(struct e820 *map, struct range r, struct range cut)
{
	if (!range_overlaps(r, cut))
		return add(map, r, E820_RAM);
	return add(map, (struct range){ r.start, cut.start }, E820_RAM) &&
	       add(map, (struct range){ cut.end, r.end }, E820_RAM);
}

enum status x86_memory_map(const struct iomem *iomem, struct range cut, struct e820 *map,
			      struct failure *f)
{
	bool fits = true;

	map->count = 0;
	for (uint32_t i = 0; i < iomem->ram.count; i++) {
		struct range low = iomem->ram.items[i];
		if (low.end > LOW_END)
			low.end = LOW_END;
		fits = fits && add(map, low, E820_RAM);
	}
	/* The kernel puts its real-mode trampoline there and panics without ("not allocated"). */
	if (map->count == 0)
		return fail(f, STATUS_BAD_LIVE_VALUE,
			    "/proc/iomem has no System RAM below 1 MiB, which the capture kernel needs", NULL);
	fits = fits && add_all(map, &iomem->acpi_tables, E820_ACPI) &&
	       add_all(map, &iomem->acpi_nvs, E820_NVS) &&
	       add_all(map, &iomem->reserved, E820_RESERVED) &&
	       add_all(map, &iomem->pmem, E820_PMEM) &&
	       add_all(map, &iomem->pmem_legacy, E820_PRAM);
	for (uint32_t i = 0; i < iomem->crash_count; i++)
		fits = fits && add_ram(map, iomem->crash[i], cut);
	if (!fits)
		return fail(f, STATUS_TOO_MANY_RANGES,
			    "the memory map has more than the 128 entries that boot_params holds", NULL);
	return STATUS_OK;
}

enum status x86_write_e820(const struct e820 *map, uint8_t *table, uint64_t size,
			      uint8_t *count, struct failure *f)
{
	if (map->count > size / SEAL_E820_ENTRY_BYTES) {
		struct text *t = failure_begin(f, STATUS_TOO_MANY_RANGES);
		text_put(t, "the memory map has ");
		text_decimal(t, map->count);
		text_put(t, " entries, the sealed boot_params has room for ");
		text_decimal(t, size / SEAL_E820_ENTRY_BYTES);
		return failure_end(f, NULL);
	}
	for (uint32_t i = 0; i < map->count; i++, table += SEAL_E820_ENTRY_BYTES) {
		const struct e820_entry *e = &map->entries[i];
		store64_le(table, e->range.start);
		store64_le(table + 8, range_size(e->range));
		store32_le(table + 16, (uint32_t)e->type);
	}
	*count = (uint8_t)map->count;
	return STATUS_OK;
}
