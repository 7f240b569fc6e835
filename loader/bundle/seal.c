/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/seal.h"

#include <stdbool.h>

#include "base/ccw_id.h"
#include "memory.h"
#include "base/text.h"

/* Pages of every architecture are multiples of this; a plan for larger pages says so by `align`. */
#define PAGE 4096u

/* ELF64: header, and one program header. The template's slots are counted in them. */
#define ELF_HEADER 64u
#define PROGRAM_HEADER 56u

static bool within(uint64_t offset, uint64_t size, uint64_t whole)
{
	return size <= whole && offset <= whole - size;
}

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
	return within(offset, length, seal->header.strings_size) &&
	       printable(seal->strings + offset, length);
}

/* A path that stays below the root: no "..", no empty name, short. A leading slash is allowed. */
static bool path_ok(const struct seal *seal, uint32_t offset, uint32_t length)
{
	if (length == 0 || length > SEAL_PATH_MAX || !string_ok(seal, offset, length))
		return false;
	const char *s = seal->strings + offset;
	size_t start = s[0] == '/' ? 1 : 0;
	for (size_t i = start; i <= length; i++) {
		if (i < length && s[i] != '/')
			continue;
		if (i == start || (i == start + 1 && s[start] == '.') ||
		    (i == start + 2 && s[start] == '.' && s[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

static const char *header_fault(struct seal *seal, size_t size)
{
	const struct seal_header *h = &seal->header;

	if (!mem_equal(h->magic, SEAL_MAGIC, SEAL_HEADER_MAGIC_BYTES))
		return "it does not begin with CRSHSEAL";
	if (h->version != SEAL_VERSION)
		return "its format version is not one that this loader knows";
	if (h->size != size)
		return "its size is not the one it states";
	if (!mem_is_zero(seal->bytes + SEAL_HEADER_AT_BUILD_ID + SEAL_HEADER_BUILD_ID_BYTES,
		      SEAL_HEADER_BYTES - SEAL_HEADER_AT_BUILD_ID - SEAL_HEADER_BUILD_ID_BYTES))
		return "reserved bytes of its header are set";
	if (h->member_count == 0 || h->member_count > SEAL_MEMBERS_MAX)
		return "it has no members, or too many";
	if (h->segment_count == 0 || h->segment_count > SEAL_SEGMENTS_MAX)
		return "it has no segments, or more than kexec_load takes";
	if (h->live_count > SEAL_LIVE_MAX)
		return "it has too many live values";
	if (h->match_count > SEAL_MATCH_MAX)
		return "it has too many match rules";
	/* Sums of small products: nothing here can overflow 64 bits. */
	uint64_t tables = (uint64_t)SEAL_HEADER_BYTES +
			  (uint64_t)h->member_count * SEAL_MEMBER_BYTES +
			  (uint64_t)h->segment_count * SEAL_SEGMENT_BYTES +
			  (uint64_t)h->live_count * SEAL_LIVE_BYTES +
			  (uint64_t)h->match_count * SEAL_MATCH_BYTES;
	if (tables + h->strings_size != size)
		return "its tables do not add up to its size";
	seal->strings = (const char *)seal->bytes + tables;
	if (h->byte_order != 1 && h->byte_order != 2)
		return "its byte order is neither little nor big";
	if (h->backend < BACKEND_SEGMENTS || h->backend > BACKEND_AUTO)
		return "its backend is unknown";
	if ((h->flags & ~(uint32_t)(SEAL_FLAG_LOCAL_OVERLAY | SEAL_FLAG_LIMIT_LOADS |
				    SEAL_FLAG_NEEDS_FOUR_LEVEL_PAGING | SEAL_FLAG_TESTING |
				    SEAL_FLAG_HOTPLUG)) != 0)
		return "a flag is unknown";
	if (h->profile_length == 0)
		return "its profile has no name";
	if (h->not_after != 0 && h->not_after < h->not_before)
		return "it ends before it begins";
	if (h->not_before > TEXT_LAST_SECOND || h->not_after > TEXT_LAST_SECOND)
		return "a date is after the year 9999";
	/* PN_XNUM is not understood by capture kernels: e_phnum must hold every slot. */
	if ((uint64_t)h->max_cpus + h->max_ranges + 2 > 0xffffu)
		return "its ELF core header has more slots than e_phnum counts";
	if (!string_ok(seal, h->profile_offset, h->profile_length) ||
	    !string_ok(seal, h->release_offset, h->release_length) ||
	    !string_ok(seal, h->command_line_offset, h->command_line_length))
		return "a string of its header is outside the string table or not printable";
	return NULL;
}

static const char *member_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_member *m = &seal->members[i];

	if (!name_ok(m->name, SEAL_MEMBER_NAME_BYTES))
		return "a member's name is not one";
	if (!mem_is_zero(m->digest + SEAL_MEMBER_DIGEST_BYTES,
		      SEAL_MEMBER_BYTES - SEAL_MEMBER_AT_DIGEST - SEAL_MEMBER_DIGEST_BYTES))
		return "reserved bytes of a member are set";
	for (unsigned int j = 0; j < i; j++)
		if (str_equal(m->name, seal->members[j].name))
			return "two members have one name";
	return NULL;
}

static const char *segment_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_segment *s = &seal->segments[i];

	if (!name_ok(s->name, SEAL_SEGMENT_NAME_BYTES))
		return "a segment's name is not one";
	if (!mem_is_zero(s->name + SEAL_SEGMENT_AT_MIN_ADDRESS + 8,
		      SEAL_SEGMENT_BYTES - SEAL_SEGMENT_AT_MIN_ADDRESS - 8))
		return "reserved bytes of a segment are set";
	if ((s->flags & ~(uint32_t)SEGMENT_FLAG_FIXED) != 0)
		return "a segment's flag is unknown";
	if (s->kind < SEGMENT_KIND_KERNEL || s->kind > SEGMENT_KIND_DEVICE_TREE)
		return "a segment's kind is unknown";
	if (s->member >= seal->header.member_count)
		return "a segment names a member that is not there";
	if (s->bufsz == 0 || !within(s->buf_offset, s->bufsz, seal->members[s->member].size))
		return "a segment's bytes are not inside its member";
	if (s->memsz < s->bufsz || s->memsz % PAGE != 0)
		return "a segment occupies less than it loads, or not whole pages";
	if (!is_power_of_two(s->align) || s->align < PAGE)
		return "a segment's alignment is not a power of two of at least a page";
	if (s->place % PAGE != 0 || !within(s->place, s->memsz, seal->header.crash_size))
		return "a segment's place is not on a page inside the planned crash region";
	if (s->min_address > UINT64_MAX - s->memsz)
		return "a segment's lowest address wraps";
	for (unsigned int j = 0; j < i; j++) {
		const struct seal_segment *o = &seal->segments[j];
		if (str_equal(s->name, o->name))
			return "two segments have one name";
		/* Both ends are bounded by crash_size, so the sums cannot wrap. */
		if (s->place < o->place + o->memsz && o->place < s->place + s->memsz)
			return "two segments overlap";
		if (s->member == o->member && s->buf_offset < o->buf_offset + o->bufsz &&
		    o->buf_offset < s->buf_offset + s->bufsz)
			return "two segments share bytes of a member";
		if (s->group != o->group)
			continue;
		if (seal->segments[i - 1].group != s->group)
			return "the segments of a group are not consecutive";
		if (s->place < o->place)
			return "the segments of a group are not in ascending order";
		if (s->flags != o->flags)
			return "half a group is fixed";
	}
	/* So that a group stays aligned wherever its first segment is aligned. */
	unsigned int first = i;
	while (first > 0 && seal->segments[first - 1].group == s->group)
		first--;
	if (s->align > seal->segments[first].align ||
	    (s->place - seal->segments[first].place) % s->align != 0)
		return "a segment does not stay aligned when its group moves";
	return NULL;
}

/*
 * Live values are filled in table order: numbers, tables, text, digests. A digest must see everything
 * else in place.
 */
static unsigned int live_phase(const struct seal_live *v)
{
	if (v->source == LIVE_SOURCE_DIGEST)
		return 3;
	if (live_is_text(v))
		return 2;
	return v->form == LIVE_FORM_OWN ? 1 : 0;
}

static const char *form_fault(const struct seal_live *v)
{
	if (!live_is_number(v)) {
		if (v->form != LIVE_FORM_OWN || v->width != 0 || v->addend != 0)
			return "a live value's form does not fit its source";
		return NULL;
	}
	switch (v->form) {
	case LIVE_FORM_LITTLE:
	case LIVE_FORM_BIG:
		if ((v->width != 1 && v->width != 2 && v->width != 4 && v->width != 8) ||
		    v->size != v->width)
			return "a live number's width is not 1, 2, 4 or 8, or not its size";
		break;
	case LIVE_FORM_TEXT_HEX:
	case LIVE_FORM_TEXT_KIB:
		if (v->width != 0)
			return "a live text has a width";
		break;
	default:
		return "a live value's form does not fit its source";
	}
	return v->arg0 > 63 ? "a live number is shifted by more than its bits" : NULL;
}

static const char *live_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_header *h = &seal->header;
	const struct seal_live *v = &seal->live[i];
	const uint8_t *raw = seal->bytes + SEAL_HEADER_BYTES + h->member_count * SEAL_MEMBER_BYTES +
			     h->segment_count * SEAL_SEGMENT_BYTES + i * SEAL_LIVE_BYTES;
	bool takes_about = false, takes_path = false, takes_arg1 = false;

	if (!mem_is_zero(raw + SEAL_LIVE_AT_WORDS_LENGTH + 4,
		      SEAL_LIVE_BYTES - SEAL_LIVE_AT_WORDS_LENGTH - 4))
		return "reserved bytes of a live value are set";
	switch (v->source) {
	case LIVE_SOURCE_CRASH_START:
	case LIVE_SOURCE_CRASH_SIZE:
	case LIVE_SOURCE_ACPI_RSDP:
		break;
	case LIVE_SOURCE_CPU_FEATURES:
		takes_arg1 = true;
		break;
	case LIVE_SOURCE_FILE_HEX:
		takes_path = true;
		takes_arg1 = true;
		break;
	case LIVE_SOURCE_FILE_DECIMAL:
	case LIVE_SOURCE_FILE_BYTES:
	case LIVE_SOURCE_FILE_BUS_ID:
		takes_path = true;
		break;
	case LIVE_SOURCE_DIGEST:
		takes_about = true;
		takes_arg1 = true;
		break;
	case LIVE_SOURCE_SEGMENT_ADDRESS:
	case LIVE_SOURCE_SEGMENT_OFFSET:
	case LIVE_SOURCE_SEGMENT_BUFSZ:
	case LIVE_SOURCE_SEGMENT_MEMSZ:
	case LIVE_SOURCE_E820:
	case LIVE_SOURCE_MEMMAP:
	case LIVE_SOURCE_HOTPLUG:
		takes_about = true;
		break;
	case LIVE_SOURCE_ELFCOREHDR:
	case LIVE_SOURCE_LOCAL_OVERLAY:
		break;
	default:
		return "a live value's source is unknown";
	}
	if (v->segment >= h->segment_count || (takes_about && v->about >= h->segment_count))
		return "a live value names a segment that is not there";
	if (!takes_about && v->about != 0)
		return "a live value speaks of a segment that its source does not take";
	if (!takes_arg1 && v->arg1 != 0)
		return "a live value has an argument that its source does not take";
	if (v->size == 0 || !within(v->offset, v->size, seal->segments[v->segment].bufsz))
		return "a live value's place is not inside its segment";
	if (takes_path ? !path_ok(seal, v->text_offset, v->text_length) : v->text_length != 0)
		return "a live value's path is missing, not wanted or leaves the root";
	if (!string_ok(seal, v->words_offset, v->words_length) ||
	    (v->words_length != 0 && (!live_is_text(v) || v->source == LIVE_SOURCE_MEMMAP)))
		return "a live value's words are not text, or not wanted";
	const char *why = form_fault(v);
	if (why)
		return why;

	const struct seal_segment *segment = &seal->segments[v->segment];
	switch (v->source) {
	case LIVE_SOURCE_HOTPLUG:
		if (seal->segments[v->about].kind != SEGMENT_KIND_ELFCOREHDR ||
		    (h->flags & SEAL_FLAG_HOTPLUG) == 0)
			return "it speaks of hot-plug without its flag, or not of the ELF core header";
		break;
	case LIVE_SOURCE_LOCAL_OVERLAY:
		if (segment->kind != SEGMENT_KIND_INITRAMFS || v->offset != 0 ||
		    v->size != segment->bufsz || v->arg0 != 0 ||
		    (h->flags & SEAL_FLAG_LOCAL_OVERLAY) == 0)
			return "a local overlay is not a whole initramfs segment, or without its flag";
		break;
	case LIVE_SOURCE_ELFCOREHDR:
		if (segment->kind != SEGMENT_KIND_ELFCOREHDR || v->offset != 0 ||
		    v->size != segment->bufsz || v->arg0 != 0 || h->max_ranges == 0 ||
		    h->max_cpus == 0 ||
		    v->size < ELF_HEADER + PROGRAM_HEADER * ((uint64_t)h->max_cpus + h->max_ranges + 2))
			return "the ELF core header template has not the slots that it should";
		break;
	case LIVE_SOURCE_E820:
		if (v->size % SEAL_E820_ENTRY_BYTES != 0 ||
		    v->size > SEAL_E820_MAX * SEAL_E820_ENTRY_BYTES)
			return "a memory map is not of whole entries, or of too many";
		if (!within(v->arg0, 1, segment->bufsz) ||
		    (v->arg0 >= v->offset && v->arg0 - v->offset < v->size))
			return "the count of a memory map is outside of its segment or in the map";
		break;
	case LIVE_SOURCE_DIGEST:
		if (v->size != SEAL_MEMBER_DIGEST_BYTES || v->arg1 == 0 ||
		    !within(v->arg0, v->arg1, seal->segments[v->about].bufsz))
			return "a live digest is not over bytes of a segment";
		if (v->about == v->segment && v->arg0 < v->offset + v->size &&
		    v->offset < v->arg0 + v->arg1)
			return "a live digest lies in what it digests";
		break;
	default:
		break;
	}
	return NULL;
}

/* The bytes that a live value writes; the count of a memory map is a second place. */
struct place {
	uint64_t start;
	uint64_t end;
};

static unsigned int places_of(const struct seal_live *v, struct place out[2])
{
	out[0] = (struct place){ v->offset, v->offset + v->size };
	if (v->source != LIVE_SOURCE_E820)
		return 1;
	out[1] = (struct place){ v->arg0, v->arg0 + 1 };
	return 2;
}

static const char *live_pair_fault(const struct seal_live *a, const struct seal_live *b)
{
	struct place of_a[2], of_b[2];
	unsigned int a_count = places_of(a, of_a), b_count = places_of(b, of_b);

	/* `a` stands before `b` in the table. */
	if (a->source == LIVE_SOURCE_DIGEST && a->about == b->segment)
		for (unsigned int j = 0; j < b_count; j++)
			if (of_b[j].start < a->arg0 + a->arg1 && a->arg0 < of_b[j].end)
				return "a live digest is taken before what it digests is written";
	if (a->segment != b->segment)
		return NULL;
	if (live_is_text(a) && live_is_text(b) && a->offset == b->offset && a->size == b->size)
		return NULL;
	for (unsigned int i = 0; i < a_count; i++)
		for (unsigned int j = 0; j < b_count; j++)
			if (of_a[i].start < of_b[j].end && of_b[j].start < of_a[i].end)
				return "two live values overlap";
	return NULL;
}

static const char *match_fault(const struct seal *seal, unsigned int i)
{
	const struct seal_match *m = &seal->matches[i];

	if (m->kind < MATCH_KIND_EQUALS || m->kind > MATCH_KIND_BUILD_ID)
		return "a match rule's kind is unknown";
	if (m->kind == MATCH_KIND_ONLINE ? m->path_length != 0 :
					   !path_ok(seal, m->path_offset, m->path_length))
		return "a match rule's path is missing, not wanted or leaves the root";
	if (!string_ok(seal, m->value_offset, m->value_length))
		return "a match rule's value is not text";
	uint64_t id;
	/* It becomes a part of a path. */
	if (m->kind == MATCH_KIND_ONLINE &&
	    ccw_parse(seal->strings + m->value_offset, m->value_length, &id))
		return "a match rule's device is no CCW bus id";
	return NULL;
}

const char *seal_parse(struct seal *seal, const uint8_t *bytes, size_t size)
{
	const char *why = NULL;

	seal->bytes = bytes;
	seal->sources = 0;
	seal->live_segments = 0;
	seal->fault_index = 0;
	if (size < SEAL_HEADER_BYTES)
		return "it is shorter than its header";
	seal_header_load(&seal->header, bytes);
	why = header_fault(seal, size);
	if (why)
		return why;
	const struct seal_header *h = &seal->header;
	const uint8_t *p = bytes + SEAL_HEADER_BYTES;
	for (unsigned int i = 0; i < h->member_count; i++, p += SEAL_MEMBER_BYTES) {
		seal->fault_index = i;
		seal_member_load(&seal->members[i], p);
		why = member_fault(seal, i);
		if (why)
			return why;
	}
	for (unsigned int i = 0; i < h->segment_count; i++, p += SEAL_SEGMENT_BYTES) {
		seal->fault_index = i;
		seal_segment_load(&seal->segments[i], p);
		why = segment_fault(seal, i);
		if (why)
			return why;
	}
	for (unsigned int i = 0; i < h->live_count; i++, p += SEAL_LIVE_BYTES) {
		seal->fault_index = i;
		seal_live_load(&seal->live[i], p);
		why = live_fault(seal, i);
		if (why)
			return why;
		if (i > 0 && live_phase(&seal->live[i - 1]) > live_phase(&seal->live[i]))
			return "its live values are out of order";
		for (unsigned int j = 0; j < i; j++) {
			why = live_pair_fault(&seal->live[j], &seal->live[i]);
			if (why)
				return why;
		}
		seal->sources |= 1ull << seal->live[i].source;
		seal->live_segments |= 1u << seal->live[i].segment;
	}
	for (unsigned int i = 0; i < h->match_count; i++, p += SEAL_MATCH_BYTES) {
		seal->fault_index = i;
		seal_match_load(&seal->matches[i], p);
		if (!mem_is_zero(p + SEAL_MATCH_AT_VALUE_LENGTH + 4,
			      SEAL_MATCH_BYTES - SEAL_MATCH_AT_VALUE_LENGTH - 4))
			return "reserved bytes of a match rule are set";
		why = match_fault(seal, i);
		if (why)
			return why;
	}
	seal->fault_index = h->entry_segment;
	if (h->entry_segment >= h->segment_count ||
	    h->entry_offset >= seal->segments[h->entry_segment].bufsz)
		return "its entry point is not inside a segment";
	return NULL;
}
