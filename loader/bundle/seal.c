/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/seal.h"

#include "base/ccw_id.h"
#include "base/efi.h"
#include "base/elf.h"
#include "base/range.h"
#include "base/text.h"
#include "memory.h"

/* Pages of every architecture are multiples of this; a plan for larger pages says so by `align`. */
#define PAGE 4096u

static bool is_power_of_two(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

/* ASCII without control characters: it goes to terminals and command lines as it is. */
static bool printable(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return true;
}

/*
 * A `text` field: ended by NUL, zero after, and a name that can be part of a file's name (--emit):
 * lower-case letters, digits, ".", "_" and "-", of which the last three do not come first.
 */
static bool name_ok(const char *s, size_t room)
{
	size_t length = 0;

	for (; length < room && s[length] != '\0'; length++) {
		char c = s[length];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (length == 0 || (c != '.' && c != '_' && c != '-')))
			return false;
	}
	return length > 0 && length < room && mem_is_zero(s + length, room - length);
}

static bool string_ok(const struct seal *seal, uint32_t offset, uint32_t length)
{
	return lies_within(offset, length, seal->header.strings_size) &&
	       printable(seal->strings + offset, length);
}

/* A path that stays below the root: no "..", no empty name, no leading slash, short. */
static bool path_ok(const struct seal *seal, uint32_t offset, uint32_t length)
{
	if (length == 0 || length > SEAL_PATH_MAX || !string_ok(seal, offset, length))
		return false;
	const char *s = seal->strings + offset;
	size_t start = 0;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && s[i] != '/')
			continue;
		if (i == start || (i == start + 1 && s[start] == '.') ||
		    (i == start + 2 && s[start] == '.' && s[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

static enum detail header_fault(struct seal *seal, size_t size)
{
	const struct seal_header *h = &seal->header;

	if (!mem_equal(h->magic, SEAL_MAGIC, SEAL_HEADER_MAGIC_BYTES))
		return DETAIL_MAGIC;
	if (h->version != SEAL_VERSION)
		return DETAIL_VERSION;
	if (h->size != size)
		return DETAIL_SIZE;
	if (!seal_header_reserved_zero(seal->bytes))
		return DETAIL_HEADER_RESERVED;
	if (h->member_count == 0 || h->member_count > SEAL_MEMBERS_MAX)
		return DETAIL_COUNT_OF_MEMBERS;
	if (h->segment_count == 0 || h->segment_count > SEAL_SEGMENTS_MAX)
		return DETAIL_COUNT_OF_SEGMENTS;
	if (h->live_count > SEAL_LIVE_MAX)
		return DETAIL_COUNT_OF_LIVE_VALUES;
	if (h->match_count > SEAL_MATCH_MAX)
		return DETAIL_COUNT_OF_MATCH_RULES;
	if (h->target_count > SEAL_TARGETS_MAX)
		return DETAIL_COUNT_OF_TARGETS;
	if (h->probe_count > SEAL_PROBES_MAX)
		return DETAIL_COUNT_OF_PROBES;
	/* Sums of small products: nothing here can overflow 64 bits. */
	uint64_t tables = (uint64_t)SEAL_HEADER_BYTES +
			  (uint64_t)h->member_count * SEAL_MEMBER_BYTES +
			  (uint64_t)h->segment_count * SEAL_SEGMENT_BYTES +
			  (uint64_t)h->live_count * SEAL_LIVE_BYTES +
			  (uint64_t)h->match_count * SEAL_MATCH_BYTES +
			  (uint64_t)h->probe_count * SEAL_PROBE_BYTES;
	if (tables + h->strings_size != size)
		return DETAIL_TABLES_SIZE;
	seal->strings = (const char *)seal->bytes + tables;
	if (h->byte_order != ELF_LITTLE && h->byte_order != ELF_BIG)
		return DETAIL_BYTE_ORDER;
	if (!backend_known(h->backend))
		return DETAIL_BACKEND;
	if ((h->flags & ~SEAL_FLAG_KNOWN) != 0)
		return DETAIL_FLAGS;
	if (h->profile_length == 0)
		return DETAIL_PROFILE_NAME;
	if (h->not_after != 0 && h->not_after < h->not_before)
		return DETAIL_DATE_ORDER;
	if (h->not_before > LAST_SECOND || h->not_after > LAST_SECOND)
		return DETAIL_DATE_RANGE;
	/* PN_XNUM is not understood by capture kernels: e_phnum must hold every slot. */
	if ((uint64_t)h->max_cpus + h->max_ranges + 2 > 0xffffu)
		return DETAIL_SLOTS;
	if (!string_ok(seal, h->profile_offset, h->profile_length) ||
	    !string_ok(seal, h->release_offset, h->release_length) ||
	    !string_ok(seal, h->command_line_offset, h->command_line_length))
		return DETAIL_HEADER_TEXT;
	return DETAIL_NONE;
}

static enum detail member_fault(const struct seal *seal, unsigned int i, const uint8_t *p)
{
	const struct seal_member *m = &seal->members[i];

	if (!name_ok(m->name, SEAL_MEMBER_NAME_BYTES))
		return DETAIL_MEMBER_MISNAMED;
	if (!seal_member_reserved_zero(p))
		return DETAIL_MEMBER_RESERVED;
	for (unsigned int j = 0; j < i; j++)
		if (str_equal(m->name, seal->members[j].name))
			return DETAIL_MEMBER_TWICE;
	return DETAIL_NONE;
}

static enum detail segment_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_segment *s = &seal->segments[i];

	if (!name_ok(s->name, SEAL_SEGMENT_NAME_BYTES))
		return DETAIL_SEGMENT_MISNAMED;
	if ((s->flags & ~SEGMENT_FLAG_KNOWN) != 0)
		return DETAIL_SEGMENT_FLAGS;
	if (!segment_kind_known(s->kind))
		return DETAIL_SEGMENT_KIND;
	if (s->member >= seal->header.member_count)
		return DETAIL_SEGMENT_MEMBER;
	if (s->bufsz == 0 || !lies_within(s->buf_offset, s->bufsz, seal->members[s->member].size))
		return DETAIL_SEGMENT_BYTES;
	if (s->memsz < s->bufsz || s->memsz % PAGE != 0)
		return DETAIL_SEGMENT_MEMORY;
	if (!is_power_of_two(s->align) || s->align < PAGE)
		return DETAIL_SEGMENT_ALIGN;
	if (s->place % PAGE != 0 || !lies_within(s->place, s->memsz, seal->header.crash_size))
		return DETAIL_SEGMENT_PLACE;
	if (s->min_address > UINT64_MAX - s->memsz)
		return DETAIL_SEGMENT_WRAPS;
	for (unsigned int j = 0; j < i; j++) {
		const struct seal_segment *o = &seal->segments[j];
		if (str_equal(s->name, o->name))
			return DETAIL_SEGMENT_TWICE;
		/* Both ends are bounded by crash_size, so the sums cannot wrap. */
		if (s->place < o->place + o->memsz && o->place < s->place + s->memsz)
			return DETAIL_SEGMENTS_OVERLAP;
		if (s->member == o->member && s->buf_offset < o->buf_offset + o->bufsz &&
		    o->buf_offset < s->buf_offset + s->bufsz)
			return DETAIL_SEGMENTS_SHARE;
		if (s->group != o->group)
			continue;
		if (seal->segments[i - 1].group != s->group)
			return DETAIL_GROUP_TORN;
		if (s->place < o->place)
			return DETAIL_GROUP_ORDER;
		if (s->flags != o->flags)
			return DETAIL_GROUP_FLAGS;
	}
	/* So that a group stays aligned wherever its first segment is aligned. */
	unsigned int first = i;
	while (first > 0 && seal->segments[first - 1].group == s->group)
		first--;
	if (s->align > seal->segments[first].align ||
	    (s->place - seal->segments[first].place) % s->align != 0)
		return DETAIL_GROUP_ALIGN;
	return DETAIL_NONE;
}

/* Bytes of the ELF core header with all its slots. */
static uint64_t header_room(const struct seal_header *h)
{
	const struct elf_class *class =
		(h->flags & SEAL_FLAG_ELF32_HEADER) != 0 ? &elf_class_32 : &elf_class_64;

	return class->header_bytes + class->phdr_bytes * ((uint64_t)h->max_cpus + h->max_ranges + 2);
}

/* What a source writes and takes, by its code. */
static const struct {
	uint8_t kind; /* enum live_kind */
	uint8_t takes; /* enum live_field */
	bool known;
} sources[] = {
#define RULE(source, kind, takes) [source] = { kind, takes, true },
	LIVE_SOURCE_RULES(RULE)
#undef RULE
};

bool live_is_number(const struct seal_live *v)
{
	return sources[v->source].kind == LIVE_KIND_NUMBER;
}

bool live_is_text(const struct seal_live *v)
{
	return sources[v->source].kind == LIVE_KIND_TEXT || v->form == LIVE_FORM_TEXT_HEX ||
	       v->form == LIVE_FORM_TEXT_KIB;
}

/* Live values are filled in table order: a digest must see everything else in place. */
static unsigned int live_turn(const struct seal_live *v)
{
	return live_is_text(v) ? LIVE_KIND_TEXT : sources[v->source].kind;
}

static enum detail form_fault(const struct seal_live *v)
{
	if (!live_is_number(v)) {
		if (v->form != LIVE_FORM_OWN)
			return DETAIL_LIVE_FORM;
		if (v->addend != 0)
			return DETAIL_LIVE_ADDEND;
		if (v->width != 0)
			return DETAIL_LIVE_WIDTH;
		return v->arg0 != 0 && (sources[v->source].takes & LIVE_FIELD_ARG0) == 0 ?
			       DETAIL_LIVE_ARG0 :
			       DETAIL_NONE;
	}
	switch (v->form) {
	case LIVE_FORM_LITTLE:
	case LIVE_FORM_BIG:
		if ((v->width != 1 && v->width != 2 && v->width != 4 && v->width != 8) ||
		    v->size != v->width)
			return DETAIL_LIVE_WIDTH;
		break;
	case LIVE_FORM_TEXT_HEX:
	case LIVE_FORM_TEXT_KIB:
		if (v->width != 0)
			return DETAIL_LIVE_WIDTH;
		break;
	default:
		return DETAIL_LIVE_FORM;
	}
	return v->arg0 > 63 ? DETAIL_LIVE_SHIFT : DETAIL_NONE;
}

static enum detail live_fault(const struct seal *seal, unsigned int i, const uint8_t *p)
{
	const struct seal_header *h = &seal->header;
	const struct seal_live *v = &seal->live[i];

	if (!seal_live_reserved_zero(p))
		return DETAIL_LIVE_RESERVED;
	if (v->source >= sizeof(sources) / sizeof(sources[0]) || !sources[v->source].known)
		return DETAIL_LIVE_SOURCE;
	const unsigned int takes = sources[v->source].takes;
	if (v->segment >= h->segment_count)
		return DETAIL_LIVE_SEGMENT;
	if ((takes & LIVE_FIELD_ABOUT) != 0 ? v->about >= h->segment_count : v->about != 0)
		return DETAIL_LIVE_ABOUT;
	if ((takes & LIVE_FIELD_ARG1) == 0 && v->arg1 != 0)
		return DETAIL_LIVE_ARG1;
	if (v->size == 0 || !lies_within(v->offset, v->size, seal->segments[v->segment].bufsz))
		return DETAIL_LIVE_PLACE;
	if ((takes & LIVE_FIELD_PATH) != 0 ? !path_ok(seal, v->text_offset, v->text_length) :
					     v->text_length != 0)
		return DETAIL_LIVE_PATH;
	if (!string_ok(seal, v->words_offset, v->words_length) ||
	    (v->words_length != 0 &&
	     (!live_is_text(v) || sources[v->source].kind == LIVE_KIND_TEXT)))
		return DETAIL_LIVE_WORDS;
	const enum detail form = form_fault(v);
	if (form != DETAIL_NONE)
		return form;

	const struct seal_segment *segment = &seal->segments[v->segment];
	switch (v->source) {
	case LIVE_SOURCE_HOTPLUG:
		if ((h->flags & SEAL_FLAG_HOTPLUG) == 0)
			return DETAIL_HOTPLUG_FLAG;
		if (seal->segments[v->about].kind != SEGMENT_KIND_ELFCOREHDR)
			return DETAIL_HOTPLUG_ABOUT;
		break;
	case LIVE_SOURCE_LOCAL_OVERLAY:
		if ((h->flags & SEAL_FLAG_LOCAL_OVERLAY) == 0)
			return DETAIL_OVERLAY_FLAG;
		if (segment->kind != SEGMENT_KIND_INITRAMFS || v->offset != 0 ||
		    v->size != segment->bufsz)
			return DETAIL_OVERLAY_PLACE;
		break;
	case LIVE_SOURCE_ELFCOREHDR:
		if (segment->kind != SEGMENT_KIND_ELFCOREHDR || v->offset != 0 ||
		    v->size != segment->bufsz)
			return DETAIL_HEADER_PLACE;
		if (h->max_ranges == 0 || h->max_cpus == 0 ||
		    v->size < header_room(h))
			return DETAIL_HEADER_SLOTS;
		break;
	case LIVE_SOURCE_E820:
		if (v->size % SEAL_E820_ENTRY_BYTES != 0 ||
		    v->size > SEAL_E820_MAX * SEAL_E820_ENTRY_BYTES)
			return DETAIL_MAP_ENTRIES;
		if (!lies_within(v->arg0, 1, segment->bufsz) ||
		    (v->arg0 >= v->offset && v->arg0 - v->offset < v->size))
			return DETAIL_MAP_COUNT;
		break;
	case LIVE_SOURCE_EFI_MEMMAP:
	case LIVE_SOURCE_EFI_MEMMAP_SIZE:
		if (efi_has_maps &&
		    (!lies_within(v->arg0, EFI_PARAMETERS_BYTES, seal->segments[v->about].bufsz) ||
		     (v->source == LIVE_SOURCE_EFI_MEMMAP_SIZE && v->size != 8)))
			return DETAIL_MAP_COUNT;
		break;
	case LIVE_SOURCE_LOADED_SEGMENTS:
		if (efi_has_maps && v->size < h->segment_count * 16u)
			return DETAIL_MAP_COUNT;
		break;
	case LIVE_SOURCE_DEVICE_TREE:
		if (segment->kind != SEGMENT_KIND_DEVICE_TREE || v->offset != 0 ||
		    (v->size | segment->buf_offset) % 8 != 0 || v->size > TREE_MAX)
			return DETAIL_TREE_PLACE;
		if (v->arg0 % 8 != 0 || v->arg0 < v->size || v->arg1 > TREE_ADDITIONS_MAX ||
		    !lies_within(v->arg0, v->arg1, segment->bufsz))
			return DETAIL_TREE_ADDITIONS;
		break;
	case LIVE_SOURCE_DIGEST:
		if (v->size != SEAL_MEMBER_DIGEST_BYTES || v->arg1 == 0 ||
		    !lies_within(v->arg0, v->arg1, seal->segments[v->about].bufsz))
			return DETAIL_DIGEST_BYTES;
		if (v->about == v->segment && v->arg0 < v->offset + v->size &&
		    v->offset < v->arg0 + v->arg1)
			return DETAIL_DIGEST_OF_ITSELF;
		break;
	default:
		break;
	}
	return DETAIL_NONE;
}

/* The count of a memory map is a second place. */
bool live_writes_into(const struct seal_live *v, uint64_t start, uint64_t end)
{
	return (v->offset < end && start < v->offset + v->size) ||
	       (v->source == LIVE_SOURCE_E820 && start <= v->arg0 && v->arg0 < end);
}

static bool share_bytes(const struct seal_live *a, const struct seal_live *b)
{
	return live_writes_into(a, b->offset, b->offset + b->size) ||
	       (b->source == LIVE_SOURCE_E820 && live_writes_into(a, b->arg0, b->arg0 + 1));
}

/* `a` stands before `b` in the table. */
static enum detail live_pair_fault(const struct seal_live *a, const struct seal_live *b)
{
	if (a->source == LIVE_SOURCE_DIGEST && a->about == b->segment &&
	    live_writes_into(b, a->arg0, a->arg0 + a->arg1))
		return DETAIL_DIGEST_TOO_EARLY;
	if (a->segment != b->segment)
		return DETAIL_NONE;
	/* Words are appended one after the other. */
	if (live_is_text(a) && live_is_text(b) && a->offset == b->offset && a->size == b->size)
		return DETAIL_NONE;
	return share_bytes(a, b) ? DETAIL_LIVES_OVERLAP : DETAIL_NONE;
}

static enum detail match_fault(const struct seal *seal, unsigned int i)
{
	static const uint8_t fields[] = {
#define RULE(kind, takes) [kind] = takes,
		MATCH_KIND_RULES(RULE)
#undef RULE
	};
	const struct seal_match *m = &seal->matches[i];

	/* Every kind takes a field; a code between two kinds takes none. */
	if (m->kind >= sizeof(fields) || fields[m->kind] == 0)
		return DETAIL_MATCH_KIND;
	if ((fields[m->kind] & MATCH_FIELD_PATH) != 0 ?
		    !path_ok(seal, m->path_offset, m->path_length) :
		    m->path_length != 0)
		return DETAIL_MATCH_PATH;
	if (!string_ok(seal, m->value_offset, m->value_length) ||
	    ((fields[m->kind] & MATCH_FIELD_VALUE) != 0) != (m->value_length != 0))
		return DETAIL_MATCH_VALUE;
	uint64_t id;
	/* It becomes a part of a path. */
	if (m->kind == MATCH_KIND_ONLINE &&
	    ccw_parse(seal->strings + m->value_offset, m->value_length, &id))
		return DETAIL_MATCH_BUS_ID;
	return DETAIL_NONE;
}

static enum detail probe_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_probe *p = &seal->probes[i];
	const bool device = p->kind == PROBE_KIND_DEVICE;

	if (!probe_kind_known(p->kind))
		return DETAIL_PROBE_KIND;
	if (p->target == 0 || p->target > seal->header.target_count)
		return DETAIL_PROBE_TARGET;
	if (!probe_name_known(p->by) || (p->by < PROBE_NAME_MAC) != device)
		return DETAIL_PROBE_NAME;
	if ((p->flags & ~PROBE_FLAG_KNOWN) != 0)
		return DETAIL_PROBE_FLAGS;
	if (p->value_length == 0 || !string_ok(seal, p->value_offset, p->value_length) ||
	    !string_ok(seal, p->type_offset, p->type_length))
		return DETAIL_PROBE_VALUE;
	if (!device && ((p->flags & ~PROBE_FLAG_ONE_OF) != 0 || p->minimum != 0 || p->type_length != 0))
		return DETAIL_PROBE_DEVICE;
	return DETAIL_NONE;
}

enum detail seal_parse(struct seal *seal, const uint8_t *bytes, size_t size)
{
	enum detail why;

	seal->bytes = bytes;
	seal->sources = 0;
	seal->live_segments = 0;
	seal->fault_index = 0;
	if (size < SEAL_HEADER_BYTES)
		return DETAIL_SHORT;
	if (size > SEAL_BYTES_MAX)
		return DETAIL_TOO_LARGE;
	seal_header_load(&seal->header, bytes);
	why = header_fault(seal, size);
	if (why != DETAIL_NONE)
		return why;
	const struct seal_header *h = &seal->header;
	const uint8_t *p = bytes + SEAL_HEADER_BYTES;
	for (unsigned int i = 0; i < h->member_count; i++, p += SEAL_MEMBER_BYTES) {
		seal->fault_index = i;
		seal_member_load(&seal->members[i], p);
		why = member_fault(seal, i, p);
		if (why != DETAIL_NONE)
			return why;
	}
	for (unsigned int i = 0; i < h->segment_count; i++, p += SEAL_SEGMENT_BYTES) {
		seal->fault_index = i;
		seal_segment_load(&seal->segments[i], p);
		why = segment_fault(seal, i);
		if (why != DETAIL_NONE)
			return why;
	}
	for (unsigned int i = 0; i < h->live_count; i++, p += SEAL_LIVE_BYTES) {
		seal->fault_index = i;
		seal_live_load(&seal->live[i], p);
		why = live_fault(seal, i, p);
		if (why != DETAIL_NONE)
			return why;
		if (i > 0 && live_turn(&seal->live[i - 1]) > live_turn(&seal->live[i]))
			return DETAIL_LIVE_ORDER;
		for (unsigned int j = 0; j < i; j++) {
			why = live_pair_fault(&seal->live[j], &seal->live[i]);
			if (why != DETAIL_NONE)
				return why;
		}
		seal->sources |= 1ull << seal->live[i].source;
		seal->live_segments |= 1u << seal->live[i].segment;
	}
	for (unsigned int i = 0; i < h->match_count; i++, p += SEAL_MATCH_BYTES) {
		seal->fault_index = i;
		seal_match_load(&seal->matches[i], p);
		if (!seal_match_reserved_zero(p))
			return DETAIL_MATCH_RESERVED;
		why = match_fault(seal, i);
		if (why != DETAIL_NONE)
			return why;
	}
	for (unsigned int i = 0; i < h->probe_count; i++, p += SEAL_PROBE_BYTES) {
		seal->fault_index = i;
		seal_probe_load(&seal->probes[i], p);
		why = probe_fault(seal, i);
		if (why != DETAIL_NONE)
			return why;
	}
	seal->fault_index = h->entry_segment;
	if (h->entry_segment >= h->segment_count ||
	    h->entry_offset >= seal->segments[h->entry_segment].bufsz)
		return DETAIL_ENTRY_POINT;
	return DETAIL_NONE;
}

/* What it speaks of. What of that is its name; the tool has a sentence for it, for which there is no room here. */
static const struct {
	uint16_t fault;
	uint8_t part;
} faults[] = {
#define FAULT(fault, part) { fault, part },
	SEAL_FAULTS(FAULT)
#undef FAULT
};

enum status fail_seal(struct failure *f, const struct seal *seal, enum detail fault)
{
	static const char *const parts[] = {
#define PART(part, words) [part] = words,
		SEAL_PARTS(PART)
#undef PART
	};
	struct text *t = failure_begin(f, STATUS_BAD_SEAL);
	size_t i = 0;

	/* Every fault is in the table. */
	while (faults[i].fault != fault)
		i++;
	text_put(t, parts[faults[i].part]);
	text_char(t, ' ');
	if (faults[i].part != SEAL_PART_HEADER && faults[i].part != SEAL_PART_PURGATORY) {
		text_decimal(t, seal->fault_index);
		text_char(t, ' ');
		failure_index(f, seal->fault_index);
	}
	text_put(t, "breaks the rule ");
	text_put(t, detail_name(fault));
	failure_detail(f, fault);
	return failure_end(f, "is this loader older than the tool that built the bundle? crashseal verify says more");
}
