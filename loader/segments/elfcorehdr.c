/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/elfcorehdr.h"

#include "base/elf.h"
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

/* As the header in `buf` says, which header_sane() judges. Known in a build that has but one. */
static const struct elf_class *class_of(const uint8_t *buf, uint64_t size)
{
	return elf_class_of(size > ELF_AT_CLASS ? buf[ELF_AT_CLASS] : 0);
}

static bool header_sane(const struct elf_class *class, const uint8_t *buf, uint64_t size,
			const struct arch *arch)
{
	uint8_t order = arch->byte_order;

	return (class->word == 8 || arch->elf32) && size >= class->header_bytes &&
	       mem_equal(buf, ELF_MAGIC, 4) && buf[ELF_AT_CLASS] == class->number &&
	       buf[ELF_AT_DATA] == order && buf[6] == 1 &&
	       elf_load16(order, buf + ELF_AT_TYPE) == ELF_TYPE_CORE &&
	       elf_load16(order, buf + ELF_AT_MACHINE) == arch->machine &&
	       elf_load32(order, buf + ELF_AT_VERSION) == 1 &&
	       elf_load_word(class, order, buf + class->phoff) == class->header_bytes &&
	       elf_load16(order, buf + class->ehsize) == class->header_bytes &&
	       elf_load16(order, buf + class->phentsize) == class->phdr_bytes;
}

struct entry {
	uint32_t type;
	uint64_t virtual_start;
	struct range physical;
	/* Where the capture kernel reads it. */
	uint64_t source;
};

static void put_word(const struct elf_class *class, uint8_t order, uint8_t *p, enum elf_phdr_word which,
		     uint64_t value)
{
	p += (size_t)which * class->word;
	if (class->word == 4)
		elf_store32(order, p, (uint32_t)value);
	else
		elf_store64(order, p, value);
}

/* Returns where the next one begins. */
static uint8_t *put(const struct elf_class *class, uint8_t order, uint8_t *p, struct entry e)
{
	mem_set(p, 0, class->phdr_bytes);
	elf_store32(order, p + PHDR_AT_TYPE, e.type);
	elf_store32(order, p + class->phdr_flags, e.type == PT_LOAD ? ALL_ACCESS : 0);
	put_word(class, order, p, PHDR_OFFSET, e.source);
	put_word(class, order, p, PHDR_VADDR, e.virtual_start);
	put_word(class, order, p, PHDR_PADDR, e.physical.start);
	put_word(class, order, p, PHDR_FILESZ, range_size(e.physical));
	put_word(class, order, p, PHDR_MEMSZ, range_size(e.physical));
	return p + class->phdr_bytes;
}

/* Where addresses end, if not all memory has one; else 0. */
static uint64_t direct_end(const struct machine *m)
{
	return elf_has_32 && m->has_virtual_map ? m->virtual_map.direct_end : 0;
}

/* 0 is what analysis tools take for "not known"; a wrong address would poison them. */
static uint64_t address_of(const struct machine *m, uint64_t physical)
{
	const uint64_t end = direct_end(m);

	if (!m->has_virtual_map)
		return 0;
	return end != 0 && physical >= end ? ELF_NO_ADDRESS : m->virtual_map.direct + physical;
}

/* Where the addresses of `r` end: at the end of the direct map, if that is within, for what follows has none. */
static uint64_t piece_end(const struct machine *m, struct range r)
{
	const uint64_t end = direct_end(m);

	return r.start < end && end < r.end ? end : r.end;
}

/* Has the class addresses for all of it? */
static bool in_class(const struct elf_class *class, struct range r)
{
	return class->word == 8 || r.end <= UINT64_C(1) << 32;
}

static enum status above_class(struct failure *f, struct range r)
{
	struct text *t = failure_begin(f, STATUS_WRONG_MACHINE);

	text_put(t, "this machine has memory up to ");
	text_hex(t, r.end);
	text_put(t, ", and the sealed ELF core header is one of 32 bits");
	failure_detail(f, DETAIL_MEMORY_ABOVE_HEADER);
	return failure_end(f, "leave elfcorehdr: elf32 out of the profile and build the bundle again");
}

/* It is the lowest of memory, so that its entry is the first. */
static bool has_backup(const struct machine *m)
{
	return arch_has_firmware && m->arch->backup.end != 0;
}

enum status elfcorehdr_fill(uint8_t *buf, uint64_t size, uint32_t max_cpus, uint32_t max_ranges,
			    const struct machine *m, uint64_t backup, struct failure *f)
{
	const struct elf_class *class = class_of(buf, size);
	uint8_t order = m->arch->byte_order;
	const uint32_t ranges = m->dump.count + has_backup(m);

	if (!header_sane(class, buf, size, m->arch))
		return bad(f, "the sealed ELF core header is not a template for this architecture");
	if (m->cpu_count > max_cpus)
		return too_many(f, STATUS_TOO_MANY_CPUS, " CPUs", "limits.cpus", m->cpu_count,
				max_cpus);
	if (ranges > max_ranges)
		return too_many(f, STATUS_TOO_MANY_RANGES, " ranges of memory to dump",
				"limits.memoryRanges", ranges, max_ranges);
	const struct virtual_map *map = m->has_virtual_map ? &m->virtual_map : NULL;
	uint64_t count = (uint64_t)m->cpu_count + 1 + (map && map->text_size != 0) + ranges;
	for (uint32_t i = 0; i < m->dump.count; i++) {
		struct range r = m->dump.items[i];
		count += piece_end(m, r) != r.end;
		if (!in_class(class, r))
			return above_class(f, r);
	}
	for (uint32_t i = 0; i < m->cpu_count; i++)
		if (!in_class(class, m->cpu_notes[i]))
			return above_class(f, m->cpu_notes[i]);
	if (!in_class(class, m->vmcoreinfo))
		return above_class(f, m->vmcoreinfo);
	if (count > (size - class->header_bytes) / class->phdr_bytes || count > UINT16_MAX)
		return too_many(f, STATUS_TOO_MANY_RANGES, " program headers",
				"limits.memoryRanges", count, (size - class->header_bytes) / class->phdr_bytes);

	uint8_t *p = buf + class->header_bytes;
	for (uint32_t i = 0; i < m->cpu_count; i++)
		p = put(class, order, p,
			(struct entry){ PT_NOTE, 0, m->cpu_notes[i], m->cpu_notes[i].start });
	p = put(class, order, p, (struct entry){ PT_NOTE, 0, m->vmcoreinfo, m->vmcoreinfo.start });
	if (map && map->text_size != 0)
		p = put(class, order, p, (struct entry){ PT_LOAD, map->text_virtual,
					{ map->text_physical, map->text_physical + map->text_size },
					map->text_physical });
	if (has_backup(m))
		p = put(class, order, p, (struct entry){ PT_LOAD, address_of(m, m->arch->backup.start),
							 m->arch->backup, backup });
	for (uint32_t i = 0; i < m->dump.count; i++)
		for (struct range r = m->dump.items[i]; r.start < r.end;) {
			const uint64_t end = piece_end(m, r);
			p = put(class, order, p, (struct entry){ PT_LOAD, address_of(m, r.start), { r.start, end }, r.start });
			r.start = end;
		}
	mem_set(p, 0, (size_t)(buf + size - p));
	elf_store16(order, buf + class->phnum, (uint16_t)count);
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

static struct entry get(const struct elf_class *class, uint8_t order, const uint8_t *p)
{
	uint64_t start = elf_phdr_word(class, order, p, PHDR_PADDR);

	return (struct entry){ elf_load32(order, p + PHDR_AT_TYPE),
			       elf_phdr_address(class, order, p, PHDR_VADDR),
			       { start, start + elf_phdr_word(class, order, p, PHDR_MEMSZ) },
			       elf_phdr_word(class, order, p, PHDR_OFFSET) };
}

/* Does an address of the class reach its end? */
static bool wraps(const struct elf_class *class, struct entry e)
{
	const uint64_t last = class->word == 4 ? UINT32_MAX : UINT64_MAX;

	return !(elf_has_32 && e.virtual_start == ELF_NO_ADDRESS) &&
	       e.virtual_start > last - range_size(e.physical);
}

/* Low memory at its addresses, and what has none without: no entry has memory of both kinds. */
static bool address_is_right(const struct machine *m, struct entry e)
{
	const uint64_t end = direct_end(m);

	if (end == 0)
		return e.virtual_start != ELF_NO_ADDRESS;
	if (e.physical.start >= end)
		return e.virtual_start == ELF_NO_ADDRESS;
	return e.physical.end <= end && e.virtual_start - e.physical.start == m->virtual_map.direct;
}

enum status elfcorehdr_check(const uint8_t *buf, uint64_t size, const struct machine *m,
			     uint64_t backup, struct failure *f)
{
	const struct elf_class *class = class_of(buf, size);
	uint8_t order = m->arch->byte_order;

	if (!header_sane(class, buf, size, m->arch))
		return bad(f, "the ELF core header is not sane");
	uint64_t count = elf_load16(order, buf + class->phnum);
	if (count == 0 || count > (size - class->header_bytes) / class->phdr_bytes)
		return bad(f, "the ELF core header counts more entries than it holds");
	const uint8_t *p = buf + class->header_bytes;
	uint64_t notes = 0, loads = 0;
	/* Memory entries ascend, so one walk over System RAM sees each of them once. */
	uint32_t ram = 0;
	uint64_t at = skip_left_out(m, m->iomem.ram.items[0].start);
	for (uint64_t i = 0; i < count; i++, p += class->phdr_bytes) {
		struct entry e = get(class, order, p);
		const bool moved = has_backup(m) && e.type == PT_LOAD &&
				   e.physical.start == m->arch->backup.start &&
				   e.physical.end == m->arch->backup.end;
		if (e.source != (moved ? backup : e.physical.start) ||
		    elf_phdr_word(class, order, p, PHDR_FILESZ) != range_size(e.physical))
			return bad(f, "an entry of the ELF core header contradicts itself");
		if (e.physical.end <= e.physical.start || wraps(class, e))
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
		if (elf_has_32 && !address_is_right(m, e))
			return bad(f, "the ELF core header has memory at a virtual address that it does not have");
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
