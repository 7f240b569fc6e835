/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/elfcorehdr.h"

#include "base/elf64.h"
#include "memory.h"

/* Read, write and execute, as every producer writes it. */
#define ALL_ACCESS 7u

static enum status too_many(struct failure *f, enum status status, const char *what, const char *key,
			    uint64_t have, uint64_t room)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "this machine has ");
	text_decimal(t, have);
	text_put(t, what);
	text_put(t, ", the sealed ELF core header has slots for ");
	text_decimal(t, room);
	t = failure_hint(f);
	text_put(t, "raise ");
	text_put(t, key);
	text_put(t, " in the profile and build the bundle again");
	return status;
}

static enum status bad(struct failure *f, const char *why)
{
	return fail(f, STATUS_BAD_HEADER, why, "please report this: nothing was loaded");
}

static bool header_sane(const uint8_t *buf, uint64_t size, const struct arch *arch)
{
	uint8_t order = arch->byte_order;

	return size >= ELF64_HEADER_BYTES && mem_equal(buf, ELF_MAGIC, 4) &&
	       buf[ELF64_AT_CLASS] == ELF_CLASS_64 && buf[ELF64_AT_DATA] == order && buf[6] == 1 &&
	       elf_load16(order, buf + ELF64_AT_TYPE) == ELF_TYPE_CORE &&
	       elf_load16(order, buf + ELF64_AT_MACHINE) == arch->machine &&
	       elf_load32(order, buf + ELF64_AT_VERSION) == 1 &&
	       elf_load64(order, buf + ELF64_AT_PHOFF) == ELF64_HEADER_BYTES &&
	       elf_load16(order, buf + ELF64_AT_EHSIZE) == ELF64_HEADER_BYTES &&
	       elf_load16(order, buf + ELF64_AT_PHENTSIZE) == ELF64_PHDR_BYTES;
}

struct entry {
	uint32_t type;
	uint64_t virtual_start;
	struct range physical;
	/* Where the capture kernel reads it. */
	uint64_t source;
};

static void put(uint8_t order, uint8_t *p, struct entry e)
{
	elf_store32(order, p + PHDR_AT_TYPE, e.type);
	elf_store32(order, p + PHDR_AT_FLAGS, e.type == PT_LOAD ? ALL_ACCESS : 0);
	elf_store64(order, p + PHDR_AT_OFFSET, e.source);
	elf_store64(order, p + PHDR_AT_VADDR, e.virtual_start);
	elf_store64(order, p + PHDR_AT_PADDR, e.physical.start);
	elf_store64(order, p + PHDR_AT_FILESZ, range_size(e.physical));
	elf_store64(order, p + PHDR_AT_MEMSZ, range_size(e.physical));
	elf_store64(order, p + PHDR_AT_ALIGN, 0);
}

/* It is the lowest of memory, so that its entry is the first. */
static bool has_backup(const struct machine *m)
{
	return arch_has_trees && m->arch->backup.end != 0;
}

enum status elfcorehdr_fill(uint8_t *buf, uint64_t size, uint32_t max_cpus, uint32_t max_ranges,
			    const struct machine *m, uint64_t backup, struct failure *f)
{
	uint8_t order = m->arch->byte_order;
	uint64_t entries = 0;
	const uint32_t ranges = m->dump.count + has_backup(m);

	if (!header_sane(buf, size, m->arch))
		return bad(f, "the sealed ELF core header is not a template for this architecture");
	if (m->cpu_count > max_cpus)
		return too_many(f, STATUS_TOO_MANY_CPUS, " CPUs", "limits.cpus", m->cpu_count,
				max_cpus);
	if (ranges > max_ranges)
		return too_many(f, STATUS_TOO_MANY_RANGES, " ranges of memory to dump",
				"limits.memoryRanges", ranges, max_ranges);
	const struct virtual_map *map = m->has_virtual_map ? &m->virtual_map : NULL;
	uint64_t count = (uint64_t)m->cpu_count + 1 + (map && map->text_size != 0) + ranges;
	if (count > (size - ELF64_HEADER_BYTES) / ELF64_PHDR_BYTES || count > UINT16_MAX)
		return too_many(f, STATUS_TOO_MANY_RANGES, " program headers",
				"limits.memoryRanges", count, (size - ELF64_HEADER_BYTES) / ELF64_PHDR_BYTES);

	uint8_t *p = buf + ELF64_HEADER_BYTES;
	for (uint32_t i = 0; i < m->cpu_count; i++, entries++)
		put(order, p + entries * ELF64_PHDR_BYTES,
		    (struct entry){ PT_NOTE, 0, m->cpu_notes[i], m->cpu_notes[i].start });
	put(order, p + entries++ * ELF64_PHDR_BYTES,
	    (struct entry){ PT_NOTE, 0, m->vmcoreinfo, m->vmcoreinfo.start });
	if (map && map->text_size != 0)
		put(order, p + entries++ * ELF64_PHDR_BYTES,
		    (struct entry){ PT_LOAD, map->text_virtual,
				    { map->text_physical, map->text_physical + map->text_size },
				    map->text_physical });
	for (uint32_t i = 0; i < ranges; i++, entries++) {
		const bool moved = has_backup(m) && i == 0;
		struct range r = moved ? m->arch->backup : m->dump.items[i - has_backup(m)];
		/* 0 is what analysis tools take for "not known"; a wrong address would poison them. */
		put(order, p + entries * ELF64_PHDR_BYTES,
		    (struct entry){ PT_LOAD, map ? map->direct + r.start : 0, r,
				    moved ? backup : r.start });
	}
	mem_set(p + entries * ELF64_PHDR_BYTES, 0,
		(size_t)(size - ELF64_HEADER_BYTES - entries * ELF64_PHDR_BYTES));
	elf_store16(order, buf + ELF64_AT_PHNUM, (uint16_t)entries);
	return STATUS_OK;
}

/* Is all of `r` inside System RAM and outside what is never dumped? */
static bool in_ram(const struct machine *m, struct range r)
{
	bool inside = false;

	for (uint32_t i = 0; i < m->iomem.ram.count && !inside; i++)
		inside = range_covers(m->iomem.ram.items[i], r);
	for (uint32_t i = 0; i < m->left_out.count; i++)
		if (range_overlaps(m->left_out.items[i], r))
			return false;
	return inside;
}

/*
 * Where the dump must go on from `at`: past everything that is left out. Works from that, not from the
 * list that the header was made of.
 */
static uint64_t skip_left_out(const struct machine *m, uint64_t at)
{
	/* They are in the order of their starts. */
	for (uint32_t i = 0; i < m->left_out.count; i++)
		if (m->left_out.items[i].start <= at && at < m->left_out.items[i].end)
			at = m->left_out.items[i].end;
	return at;
}

static struct entry get(uint8_t order, const uint8_t *p)
{
	uint64_t start = elf_load64(order, p + PHDR_AT_PADDR);

	return (struct entry){ elf_load32(order, p + PHDR_AT_TYPE),
			       elf_load64(order, p + PHDR_AT_VADDR),
			       { start, start + elf_load64(order, p + PHDR_AT_MEMSZ) },
			       elf_load64(order, p + PHDR_AT_OFFSET) };
}

enum status elfcorehdr_check(const uint8_t *buf, uint64_t size, const struct machine *m,
			     uint64_t backup, struct failure *f)
{
	uint8_t order = m->arch->byte_order;

	if (!header_sane(buf, size, m->arch))
		return bad(f, "the ELF core header is not sane");
	uint64_t count = elf_load16(order, buf + ELF64_AT_PHNUM);
	if (count == 0 || count > (size - ELF64_HEADER_BYTES) / ELF64_PHDR_BYTES)
		return bad(f, "the ELF core header counts more entries than it holds");
	const uint8_t *p = buf + ELF64_HEADER_BYTES;
	uint64_t notes = 0, loads = 0;
	/* Memory entries ascend, so one walk over System RAM sees each of them once. */
	uint32_t ram = 0;
	uint64_t at = skip_left_out(m, m->iomem.ram.items[0].start);
	for (uint64_t i = 0; i < count; i++, p += ELF64_PHDR_BYTES) {
		struct entry e = get(order, p);
		const bool moved = has_backup(m) && e.type == PT_LOAD &&
				   e.physical.start == m->arch->backup.start &&
				   e.physical.end == m->arch->backup.end;
		if (e.source != (moved ? backup : e.physical.start) ||
		    elf_load64(order, p + PHDR_AT_FILESZ) != range_size(e.physical))
			return bad(f, "an entry of the ELF core header contradicts itself");
		if (e.physical.end <= e.physical.start ||
		    e.virtual_start > UINT64_MAX - range_size(e.physical))
			return bad(f, "an entry of the ELF core header is empty or wraps");
		if (e.type == PT_NOTE) {
			if (loads > 0)
				return bad(f, "a note of the ELF core header comes after memory");
			if (range_size(e.physical) < NOTE_HEADER_BYTES || !in_ram(m, e.physical))
				return bad(f, "a note of the ELF core header is not a note's size or not in System RAM");
			notes++;
			continue;
		}
		if (e.type != PT_LOAD)
			return bad(f, "the ELF core header has an entry of an unknown type");
		loads++;
		if (!in_ram(m, e.physical))
			return bad(f, "the ELF core header holds memory that is not System RAM, or in the crash region");
		/* The kernel's text comes first and lies in memory that is listed again. */
		if (loads == 1 && m->has_virtual_map && m->virtual_map.text_size != 0) {
			if (e.virtual_start != m->virtual_map.text_virtual)
				return bad(f, "the ELF core header has no kernel text");
			continue;
		}
		while (ram < m->iomem.ram.count && at >= m->iomem.ram.items[ram].end)
			if (++ram < m->iomem.ram.count && at < m->iomem.ram.items[ram].start)
				at = skip_left_out(m, m->iomem.ram.items[ram].start);
		if (e.physical.start != at)
			return bad(f, "the ELF core header leaves out memory, or lists it out of order");
		at = skip_left_out(m, e.physical.end);
	}
	while (ram < m->iomem.ram.count && at >= m->iomem.ram.items[ram].end)
		if (++ram < m->iomem.ram.count && at < m->iomem.ram.items[ram].start)
			at = skip_left_out(m, m->iomem.ram.items[ram].start);
	if (ram < m->iomem.ram.count)
		return bad(f, "the ELF core header leaves out memory at its end");
	if (notes != (uint64_t)m->cpu_count + 1)
		return bad(f, "the ELF core header lacks a CPU's note or that of VMCOREINFO");
	if (!mem_is_zero(p, (size_t)(buf + size - p)))
		return bad(f, "the ELF core header has bytes after its entries");
	return STATUS_OK;
}
