/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/purgatory_rules.h"

#include "base/range.h"
#include "memory.h"
#include "sha256_parts.h"

struct region {
	uint32_t flags;
	uint64_t size;
	const uint8_t *digest;
	/* The live value that gives it its address, or NULL. */
	const struct seal_live *address;
};

struct rules {
	const struct bundle *bundle;
	struct seal *seal;
	uint64_t hash_features;
	/* Index of purgatory's segment, and its bytes. */
	uint32_t own;
	const uint8_t *image;
	struct purgatory_head page;
	struct region regions[PURGATORY_MAX_REGIONS];
};

static const uint8_t *loaded(const struct rules *r, const struct seal_segment *s)
{
	return r->bundle->member[s->member + BUNDLE_FIRST_SEALED].data + s->buf_offset;
}

/* Ended by NUL, and zero after. */
static bool is_text(const uint8_t *p, size_t room)
{
	size_t length = 0;

	while (length < room && p[length] != 0)
		length++;
	return length < room && mem_is_zero(p + length, room - length);
}

static enum detail page_fault(const struct rules *r)
{
	const struct purgatory_head *p = &r->page;
	const struct seal_header *h = &r->seal->header;
	const struct seal_segment *s = &r->seal->segments[r->own];
	const uint64_t code_end = (uint64_t)p->code_offset + p->code_size;
	uint8_t digest[SHA256_DIGEST_BYTES];

	if (!mem_equal(p->magic, PURGATORY_MAGIC, PURGATORY_HEAD_MAGIC_BYTES))
		return DETAIL_PURGATORY_MAGIC;
	if (p->version != PURGATORY_VERSION)
		return DETAIL_PURGATORY_VERSION;
	if (p->machine != h->machine)
		return DETAIL_PURGATORY_MACHINE;
	if (p->image_size != s->bufsz || p->memory_size > s->memsz ||
	    p->entry_offset != h->entry_offset || p->code_offset < PURGATORY_HEAD_BYTES ||
	    code_end > p->image_size || p->entry_offset < p->code_offset ||
	    p->entry_offset >= code_end)
		return DETAIL_PURGATORY_SIZES;
	if (p->step_count > PURGATORY_MAX_STEPS)
		return DETAIL_PURGATORY_STEP_COUNT;
	if (p->region_count == 0 || p->region_count > PURGATORY_MAX_REGIONS)
		return DETAIL_PURGATORY_REGION_COUNT;
	sha256_digest(digest, r->image + PURGATORY_STATIC_START,
		      PURGATORY_LIVE_START - PURGATORY_STATIC_START, r->hash_features);
	if (!mem_equal(digest, p->static_digest, sizeof(digest)))
		return DETAIL_PURGATORY_STATIC_DIGEST;
	if (!console_kind_known(p->console_kind))
		return DETAIL_PURGATORY_CONSOLE;
	return DETAIL_NONE;
}

static bool is_live(const struct region *region)
{
	return (region->flags & REGION_FLAG_LIVE) != 0;
}

static bool is_policy(const struct region *region)
{
	return (region->flags & REGION_FLAG_POLICY) != 0;
}

static uint64_t region_place(uint32_t index, uint32_t field)
{
	return PURGATORY_HEAD_AT_REGIONS + (uint64_t)index * PURGATORY_REGION_BYTES + field;
}

/* A number of 64 bits in the page, as it is. */
static bool is_word(const struct seal_live *v, uint64_t offset)
{
	return v->form == LIVE_FORM_LITTLE && v->width == 8 && v->arg0 == 0 && v->offset == offset;
}

static void read_regions(struct rules *r)
{
	const struct seal *seal = r->seal;

	for (uint32_t i = 0; i < r->page.region_count; i++) {
		struct purgatory_region sealed;

		purgatory_region_load(&sealed, r->page.regions + i * PURGATORY_REGION_BYTES);
		r->regions[i] = (struct region){ sealed.flags, sealed.size, sealed.digest, NULL };
		for (uint32_t j = 0; j < seal->header.live_count && !r->regions[i].address; j++) {
			const struct seal_live *v = &seal->live[j];

			if (v->segment == r->own && v->source == LIVE_SOURCE_SEGMENT_ADDRESS &&
			    is_word(v, region_place(i, PURGATORY_REGION_AT_START)))
				r->regions[i].address = v;
		}
	}
}

static enum detail step_fault(const struct rules *r, uint32_t index)
{
	struct purgatory_step step;

	purgatory_step_load(&step, r->page.steps + index * PURGATORY_STEP_BYTES);
	if (!policy_step_known(step.kind) || (step.flags & ~STEP_FLAG_KNOWN) != 0)
		return DETAIL_STEP_UNKNOWN;
	if (step.kind != POLICY_STEP_IPL && step.kind != POLICY_STEP_VMCMD)
		return DETAIL_NONE;
	if (step.arg0 >= r->page.region_count || !is_policy(&r->regions[step.arg0]))
		return DETAIL_STEP_REGION;
	if (step.kind == POLICY_STEP_IPL && (step.arg2 & IPL_FLAG_TESTING) != 0 &&
	    (r->seal->header.flags & SEAL_FLAG_TESTING) == 0)
		return DETAIL_STEP_TESTING;
	return DETAIL_NONE;
}

/* It takes the digest of just the bytes of this region. */
static bool takes(const struct seal_live *v, const struct region *region, uint32_t index)
{
	return v->source == LIVE_SOURCE_DIGEST &&
	       v->offset == region_place(index, PURGATORY_REGION_AT_DIGEST) && region->address &&
	       v->about == region->address->about && v->arg0 == region->address->addend &&
	       v->arg1 == region->size;
}

/* Most regions are a whole member, of which the digest is known. */
static bool digest_is_sealed(const struct rules *r, const struct seal_segment *s, uint64_t start,
			     const struct region *region)
{
	const struct seal_member *m = &r->seal->members[s->member];
	uint8_t digest[SHA256_DIGEST_BYTES];

	if (s->buf_offset + start == 0 && region->size == m->size)
		return mem_equal(m->parts_digest, region->digest, SHA256_DIGEST_BYTES);
	sha256_parts(digest, loaded(r, s) + start, (size_t)region->size, r->hash_features);
	return mem_equal(digest, region->digest, sizeof(digest));
}

static enum detail region_fault(const struct rules *r, uint32_t index)
{
	const struct seal *seal = r->seal;
	const struct region *region = &r->regions[index];
	const uint8_t *raw = r->page.regions + index * PURGATORY_REGION_BYTES;

	if (!is_text(raw + PURGATORY_REGION_AT_NAME, PURGATORY_REGION_NAME_BYTES) ||
	    !purgatory_region_reserved_zero(raw))
		return DETAIL_REGION_RESERVED;
	if ((region->flags & ~(uint32_t)(REGION_FLAG_LIVE | REGION_FLAG_POLICY)) != 0)
		return DETAIL_REGION_FLAGS;
	if (!region->address)
		return DETAIL_REGION_ADDRESS;
	const uint32_t about = region->address->about;
	const struct seal_segment *s = &seal->segments[about];
	const uint64_t start = region->address->addend;
	if (region->size == 0 || !lies_within(start, region->size, s->bufsz))
		return DETAIL_REGION_OUTSIDE;
	if (is_policy(region) && about != r->own)
		return DETAIL_REGION_POLICY;
	if (is_live(region)) {
		for (uint32_t i = 0; i < seal->header.live_count; i++)
			if (seal->live[i].segment == r->own && takes(&seal->live[i], region, index))
				return DETAIL_NONE;
		return DETAIL_REGION_NOT_TAKEN;
	}
	if (!digest_is_sealed(r, s, start, region))
		return DETAIL_REGION_DIGEST;
	for (uint32_t i = 0; i < seal->header.live_count; i++)
		if (seal->live[i].segment == about &&
		    live_writes_into(&seal->live[i], start, start + region->size))
			return DETAIL_REGION_WRITTEN;
	return DETAIL_NONE;
}

/* Over the live part, as the last of all. */
static bool is_page_digest(const struct rules *r, const struct seal_live *v)
{
	return v->source == LIVE_SOURCE_DIGEST && v->offset == PURGATORY_HEAD_AT_LIVE_DIGEST &&
	       v->about == r->own && v->arg0 == PURGATORY_LIVE_START &&
	       v->arg1 == PURGATORY_HEAD_BYTES - PURGATORY_LIVE_START;
}

/* Over what the loader writes of the firmware. */
static bool is_firmware_digest(const struct rules *r, const struct seal_live *v)
{
	return v->source == LIVE_SOURCE_DIGEST && v->offset == PURGATORY_HEAD_AT_FIRMWARE_DIGEST &&
	       v->about == r->own && v->arg0 == PURGATORY_HEAD_AT_FIRMWARE &&
	       v->arg1 == PURGATORY_HEAD_FIRMWARE_BYTES;
}

/* Of just the bytes that are copied. */
static bool is_backup(const struct rules *r, const struct seal_live *v)
{
	const struct seal_segment *about = &r->seal->segments[v->about];

	return is_word(v, PURGATORY_HEAD_AT_BACKUP_START) && v->addend == 0 &&
	       about->kind == SEGMENT_KIND_BACKUP && about->memsz == r->page.backup_size;
}

static bool is_kernel_entry(const struct rules *r, const struct seal_live *v)
{
	const struct seal_segment *about = &r->seal->segments[v->about];

	return v->source == LIVE_SOURCE_SEGMENT_ADDRESS &&
	       is_word(v, PURGATORY_HEAD_AT_KERNEL_ENTRY) && about->kind == SEGMENT_KIND_KERNEL &&
	       v->addend < about->bufsz;
}

static bool is_hotplug_flag(const struct rules *r, const struct seal_live *v, uint32_t index)
{
	const struct seal_live *address = r->regions[index].address;

	return v->form == LIVE_FORM_LITTLE && v->width == 1 && v->addend == 0 && v->arg0 == 0 &&
	       v->offset == region_place(index, PURGATORY_REGION_AT_FLAGS) + 1 && address &&
	       r->seal->segments[address->about].kind == SEGMENT_KIND_ELFCOREHDR;
}

/* Does the first page take it, and there? */
static bool belongs(const struct rules *r, const struct seal_live *v)
{
	const uint32_t count = r->page.region_count;

	switch (v->source) {
	case LIVE_SOURCE_CPU_FEATURES:
		return is_word(v, PURGATORY_HEAD_AT_CPU_FEATURES) && v->addend == 0;
	case LIVE_SOURCE_CRASH_START:
		return is_word(v, PURGATORY_HEAD_AT_CRASH_START) && v->addend == 0;
	case LIVE_SOURCE_CRASH_SIZE:
		return is_word(v, PURGATORY_HEAD_AT_CRASH_SIZE) && v->addend == 0;
	case LIVE_SOURCE_SEGMENT_ADDRESS:
		if (is_word(v, PURGATORY_HEAD_AT_KERNEL_ARGUMENT) || is_kernel_entry(r, v) ||
		    is_backup(r, v))
			return true;
		for (uint32_t i = 0; i < count; i++)
			if (r->regions[i].address == v)
				return true;
		return false;
	case LIVE_SOURCE_FIRMWARE:
		return v->offset == PURGATORY_HEAD_AT_FIRMWARE &&
		       v->size == PURGATORY_HEAD_FIRMWARE_BYTES;
	case LIVE_SOURCE_HOTPLUG:
		for (uint32_t i = 0; i < count; i++)
			if (is_hotplug_flag(r, v, i))
				return true;
		return false;
	case LIVE_SOURCE_DIGEST:
		if (is_page_digest(r, v) || is_firmware_digest(r, v))
			return true;
		for (uint32_t i = 0; i < count; i++)
			if (is_live(&r->regions[i]) && takes(v, &r->regions[i], i))
				return true;
		return false;
	default:
		return false;
	}
}

static enum detail live_fault(struct rules *r)
{
	const struct seal *seal = r->seal;
	const struct region *code = &r->regions[0];
	bool has_digest = false, has_entry = false;

	for (uint32_t i = 0; i < seal->header.live_count; i++) {
		const struct seal_live *v = &seal->live[i];

		if (v->segment != r->own)
			continue;
		r->seal->fault_index = i;
		if (live_writes_into(v, 0, PURGATORY_HEAD_BYTES) && !belongs(r, v))
			return DETAIL_LIVE_IN_PAGE;
		has_digest = has_digest || is_page_digest(r, v);
		has_entry = has_entry || is_kernel_entry(r, v);
	}
	if (!has_digest)
		return DETAIL_PURGATORY_LIVE_DIGEST;
	if (!has_entry)
		return DETAIL_PURGATORY_KERNEL_ENTRY;
	if (code->address->about != r->own || code->address->addend != r->page.code_offset ||
	    code->size != r->page.code_size || code->flags != 0)
		return DETAIL_PURGATORY_CODE;
	return DETAIL_NONE;
}

/* Every region is inside of its segment. */
static bool is_covered(const struct rules *r, uint32_t segment)
{
	const uint64_t end = r->seal->segments[segment].bufsz;
	uint64_t covered = 0;

	for (bool moved = true; moved && covered < end;) {
		moved = false;
		for (uint32_t i = 0; i < r->page.region_count; i++) {
			const struct region *region = &r->regions[i];
			const uint64_t start = region->address->addend;

			if (region->address->about == segment && !is_policy(region) &&
			    start <= covered && covered < start + region->size) {
				covered = start + region->size;
				moved = true;
			}
		}
	}
	return covered == end;
}

static enum detail first_fault(struct rules *r)
{
	struct seal *seal = r->seal;
	enum detail why;

	r->own = seal->header.entry_segment;
	const struct seal_segment *s = &seal->segments[r->own];
	if (s->kind != SEGMENT_KIND_PURGATORY)
		return DETAIL_PURGATORY_ENTERED;
	r->image = loaded(r, s);
	if (s->bufsz < PURGATORY_HEAD_BYTES ||
	    !is_text(r->image + PURGATORY_HEAD_AT_PROFILE, PURGATORY_HEAD_PROFILE_BYTES) ||
	    !purgatory_head_reserved_zero(r->image))
		return DETAIL_PURGATORY_PAGE;
	purgatory_head_load(&r->page, r->image);
	why = page_fault(r);
	if (why != DETAIL_NONE)
		return why;
	read_regions(r);
	for (uint32_t i = 0; i < r->page.step_count; i++) {
		seal->fault_index = i;
		why = step_fault(r, i);
		if (why != DETAIL_NONE)
			return why;
	}
	for (uint32_t i = 0; i < r->page.region_count; i++) {
		seal->fault_index = i;
		why = region_fault(r, i);
		if (why != DETAIL_NONE)
			return why;
	}
	why = live_fault(r);
	if (why != DETAIL_NONE)
		return why;
	/* The capture kernel believes every byte of every segment but purgatory's own, and what that copies itself. */
	for (uint32_t i = 0; i < seal->header.segment_count; i++) {
		seal->fault_index = i;
		if (i != r->own && seal->segments[i].kind != SEGMENT_KIND_BACKUP && !is_covered(r, i))
			return DETAIL_SEGMENT_UNCOVERED;
	}
	return DETAIL_NONE;
}

enum status purgatory_check(const struct bundle *bundle, struct seal *seal, uint64_t hash_features,
			    struct failure *f)
{
	static struct rules rules;

	rules = (struct rules){ .bundle = bundle, .seal = seal, .hash_features = hash_features };
	const enum detail fault = first_fault(&rules);
	return fault == DETAIL_NONE ? STATUS_OK : fail_seal(f, seal, fault);
}
