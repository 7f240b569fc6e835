/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The EFI memory map of the capture kernel, which is all that tells an ia64 kernel of memory.
 * Loader data of the running kernel is given back as memory. Each segment becomes loader data, a descriptor that
 * begins and ends just where it does: the capture kernel takes the size of the ELF core header from there
 * (Linux, arch/ia64/kernel/efi.c, vmcore_find_descriptor_size).
 */
#include "arch/ia64/target.h"
#include "bundle_format.h"
#include "memory.h"

/* ia64_boot_param. */
#define AT_DESCRIPTOR_SIZE 32
#define AT_DESCRIPTOR_VERSION 40
#define DESCRIPTOR_VERSION 1

/* EFI_MEMORY_DESCRIPTOR of version 1; newer firmware appends to it. */
#define DESCRIPTOR_BYTES 40u
#define AT_TYPE 0
#define AT_PHYSICAL 8
#define AT_VIRTUAL 16
#define AT_PAGES 24
#define AT_ATTRIBUTE 32
#define EFI_PAGE_SHIFT 12
#define EFI_MEMORY_WB UINT64_C(8)

enum efi_type {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_SERVICES_CODE = 3,
	EFI_BOOT_SERVICES_DATA = 4,
	EFI_CONVENTIONAL_MEMORY = 7,
};

/* Of DESCRIPTOR_BYTES or more. */
#define DESCRIPTORS_MAX (EFI_MAP_MAX / DESCRIPTOR_BYTES)

struct descriptor {
	struct range range;
	const uint8_t *bytes;
};

struct making {
	const struct efi_request *request;
	struct descriptor sorted[DESCRIPTORS_MAX];
	size_t count;
	size_t stride;
	uint8_t *out;
	size_t room;
	size_t used;
	struct failure *f;
};

static void put64(uint8_t *at, uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static enum status damaged(struct failure *f, const char *what)
{
	fail(f, STATUS_BAD_LIVE_VALUE, what, "take boot parameters and EFI memory map from the machine anew");
	failure_detail(f, DETAIL_FILE_FORM);
	return STATUS_BAD_LIVE_VALUE;
}

static enum status sort(struct making *m)
{
	const struct efi_request *request = m->request;
	const uint64_t stride = load64_le(request->parameters + AT_DESCRIPTOR_SIZE);

	m->count = 0;
	if (load32_le(request->parameters + AT_DESCRIPTOR_VERSION) != DESCRIPTOR_VERSION)
		return damaged(m->f, "the boot parameters say that EFI descriptors have a version that is not known");
	if (stride < DESCRIPTOR_BYTES || stride % 8 != 0 || stride > EFI_MAP_MAX)
		return damaged(m->f, "the boot parameters say that EFI descriptors have a size that cannot be");
	m->stride = (size_t)stride;
	if (request->map_size == 0 || request->map_size % m->stride != 0)
		return damaged(m->f, "the EFI memory map is not made of whole descriptors");
	for (size_t offset = 0; offset < request->map_size; offset += m->stride) {
		const uint8_t *const bytes = request->map + offset;
		const uint64_t start = load64_le(bytes + AT_PHYSICAL);
		const uint64_t pages = load64_le(bytes + AT_PAGES);
		size_t at = m->count;

		/* A descriptor of no pages says nothing. */
		if (pages == 0)
			continue;
		if (start % (1u << EFI_PAGE_SHIFT) != 0 || pages > (UINT64_MAX - start) >> EFI_PAGE_SHIFT)
			return damaged(m->f,
				       "the EFI memory map has a range that is not of pages, or passes the end of addresses");
		for (; at > 0 && m->sorted[at - 1].range.start > start; at--)
			m->sorted[at] = m->sorted[at - 1];
		m->sorted[at] = (struct descriptor){ { start, start + (pages << EFI_PAGE_SHIFT) }, bytes };
		m->count++;
	}
	for (size_t i = 1; i < m->count; i++)
		if (m->sorted[i].range.start < m->sorted[i - 1].range.end)
			return damaged(m->f, "ranges of the EFI memory map overlap");
	return STATUS_OK;
}

static bool is_memory(const struct descriptor *d)
{
	const uint32_t type = load32_le(d->bytes + AT_TYPE);

	return (load64_le(d->bytes + AT_ATTRIBUTE) & EFI_MEMORY_WB) != 0 &&
	       ((type >= EFI_LOADER_CODE && type <= EFI_BOOT_SERVICES_DATA) || type == EFI_CONVENTIONAL_MEMORY);
}

/* A part of `from`, or all of it, of another type and attribute. */
static bool put(struct making *m, const struct descriptor *from, struct range part, uint32_t type,
		uint64_t attribute)
{
	uint8_t *const at = m->out + m->used;
	const uint64_t virtual_start = load64_le(from->bytes + AT_VIRTUAL);

	if (m->room - m->used < m->stride)
		return false;
	mem_copy(at, from->bytes, m->stride);
	for (unsigned int i = 0; i < 4; i++)
		at[AT_TYPE + i] = (uint8_t)(type >> (8 * i));
	put64(at + AT_PHYSICAL, part.start);
	/* 0: never mapped. */
	put64(at + AT_VIRTUAL, virtual_start == 0 ? 0 : virtual_start + (part.start - from->range.start));
	put64(at + AT_PAGES, range_size(part) >> EFI_PAGE_SHIFT);
	put64(at + AT_ATTRIBUTE, attribute);
	m->used += m->stride;
	return true;
}

/* What is left of a descriptor. */
static bool put_rest(struct making *m, const struct descriptor *d, struct range part)
{
	const uint32_t type = load32_le(d->bytes + AT_TYPE);

	return part.start >= part.end ||
	       put(m, d, part, type == EFI_LOADER_DATA ? EFI_CONVENTIONAL_MEMORY : type,
		   load64_le(d->bytes + AT_ATTRIBUTE));
}

/*
 * Which attributes all memory of the segment has: it may lie in several descriptors, one after the other.
 * False when a part of it is no memory.
 */
static bool attributes_of(const struct making *m, struct range segment, uint64_t *attribute)
{
	uint64_t covered = segment.start;

	*attribute = UINT64_MAX;
	for (size_t i = 0; i < m->count && covered < segment.end; i++) {
		const struct descriptor *const d = &m->sorted[i];

		if (d->range.end <= covered)
			continue;
		if (d->range.start > covered || !is_memory(d))
			return false;
		*attribute &= load64_le(d->bytes + AT_ATTRIBUTE);
		covered = d->range.end;
	}
	return covered >= segment.end;
}

static enum status no_memory(struct failure *f, struct range segment)
{
	struct text *t = failure_begin(f, STATUS_NO_PLACE);

	text_put(t, "the EFI memory map has no cached memory that is free to use at ");
	text_hex(t, segment.start);
	text_put(t, " to ");
	text_hex(t, segment.end);
	text_put(t, ", where a segment is to be loaded");
	failure_detail(f, DETAIL_REGION_TAKEN);
	return failure_end(f, "boot with a crash region elsewhere: crashkernel=SIZE@OFFSET");
}

static enum status no_room(struct making *m)
{
	struct text *t = failure_begin(m->f, STATUS_TOO_MANY_RANGES);

	text_put(t, "the EFI memory map with the segments cut out does not fit into ");
	text_size(t, m->room);
	return failure_end(m->f, "please report this: the machine's map is larger than any that was known");
}

/* Both lists are sorted: `next` is the first segment that does not end before `d`. */
static enum status cut(struct making *m, const struct descriptor *d, uint32_t *next)
{
	const struct efi_request *const request = m->request;
	uint64_t from = d->range.start;

	while (*next < request->segment_count && request->segments[*next].start < d->range.end) {
		const struct range segment = request->segments[*next];
		uint64_t attribute;

		/* It is put where it starts, once; the descriptors that follow lose what it has of them. */
		if (segment.start >= d->range.start) {
			if (!attributes_of(m, segment, &attribute))
				return no_memory(m->f, segment);
			if (!put_rest(m, d, (struct range){ from, segment.start }) ||
			    !put(m, d, segment, EFI_LOADER_DATA, attribute))
				return no_room(m);
		}
		from = segment.end;
		if (segment.end > d->range.end)
			break;
		(*next)++;
	}
	return put_rest(m, d, (struct range){ from, d->range.end }) ? STATUS_OK : no_room(m);
}

enum status ia64_efi_memmap(const struct efi_request *request, uint8_t *out, size_t room, size_t *size,
			    struct failure *f)
{
	static struct making m;
	uint32_t next = 0;

	m.request = request;
	m.out = out;
	m.room = room;
	m.used = 0;
	m.f = f;
	enum status status = sort(&m);
	for (size_t i = 0; i < m.count && status == STATUS_OK; i++) {
		/* Memory begins after it: a part of it is in no descriptor. */
		if (next < request->segment_count && request->segments[next].start < m.sorted[i].range.start &&
		    (i == 0 || request->segments[next].start >= m.sorted[i - 1].range.end))
			return no_memory(f, request->segments[next]);
		status = cut(&m, &m.sorted[i], &next);
	}
	if (status == STATUS_OK && next < request->segment_count)
		return no_memory(f, request->segments[next]);
	*size = m.used;
	return status;
}
