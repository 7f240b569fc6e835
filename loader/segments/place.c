/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/place.h"

#include "machine/arch.h"

/* Segments first .. first + count - 1, which keep their distances. */
struct group {
	unsigned int first;
	unsigned int count;
};

struct placing {
	const struct seal *seal;
	const struct place_room *room;
	uint64_t *address;
	/* Bit i: segment i has its address. */
	uint32_t placed;
};

static struct group group_at(const struct seal *seal, unsigned int first)
{
	struct group g = { first, 1 };

	while (first + g.count < seal->header.segment_count &&
	       seal->segments[first + g.count].group == seal->segments[first].group)
		g.count++;
	return g;
}

/*
 * Does the group fit with its first segment at `base`? If not, *next is the lowest base above at
 * which what is in the way is passed, or 0 when there is none.
 */
static bool fits(const struct placing *p, struct group g, uint64_t base, uint64_t *next)
{
	const struct seal_segment *first = &p->seal->segments[g.first];
	struct range region = p->room->region;

	*next = 0;
	if (base < region.start || base % first->align != 0)
		return false;
	for (unsigned int i = g.first; i < g.first + g.count; i++) {
		const struct seal_segment *s = &p->seal->segments[i];
		/* Both are below the planned crash size, which the region is at least. */
		uint64_t distance = s->place - first->place;
		if (distance > region.end - base || s->memsz > region.end - base - distance)
			return false;
		struct range mine = { base + distance, base + distance + s->memsz };
		if (mine.start < s->min_address) {
			*next = s->min_address - distance;
			return false;
		}
		for (unsigned int j = 0; j < p->seal->header.segment_count; j++) {
			if ((p->placed >> j & 1) == 0)
				continue;
			struct range other = { p->address[j],
					       p->address[j] + p->seal->segments[j].memsz };
			if (range_overlaps(mine, other)) {
				*next = other.end - distance;
				return false;
			}
		}
		for (uint32_t j = 0; arch_has_trees && j < p->room->taken_count; j++)
			if (range_overlaps(mine, p->room->taken[j])) {
				*next = p->room->taken[j].end - distance;
				return false;
			}
	}
	return true;
}

static void take(struct placing *p, struct group g, uint64_t base)
{
	for (unsigned int i = g.first; i < g.first + g.count; i++) {
		p->address[i] = base + (p->seal->segments[i].place - p->seal->segments[g.first].place);
		p->placed |= 1u << i;
	}
}

/* The lowest base from the region's start on; every step passes something, so it ends. */
static bool take_hole(struct placing *p, struct group g)
{
	uint64_t align = p->seal->segments[g.first].align;
	uint64_t base = p->room->region.start;

	for (;;) {
		uint64_t next;
		if (base > UINT64_MAX - (align - 1))
			return false;
		base = (base + align - 1) & ~(align - 1);
		if (base >= p->room->region.end)
			return false;
		if (fits(p, g, base, &next)) {
			take(p, g, base);
			return true;
		}
		if (next <= base)
			return false;
		base = next;
	}
}

/* A segment that must lie where it was planned, and cannot. */
static enum status not_fixed(const struct placing *p, struct group g, uint64_t base,
			     struct failure *f)
{
	const struct seal_segment *s = &p->seal->segments[g.first];
	struct text *t = failure_begin(f, STATUS_NO_PLACE);

	text_put(t, "segment \"");
	text_put(t, s->name);
	text_put(t, "\" has a fixed place at ");
	text_hex(t, base);
	text_put(t, base % s->align != 0 ? ", which is not a multiple of " :
					   ", which is not free, or below ");
	text_hex(t, base % s->align != 0 ? s->align : s->min_address);
	failure_detail(f, base % s->align != 0 ? DETAIL_PLACE_NOT_ALIGNED : DETAIL_PLACE_TAKEN);
	failure_index(f, g.first);
	return failure_end(f, "boot with a crash region elsewhere: crashkernel=SIZE@OFFSET");
}

enum status place_region_small(struct failure *f, uint64_t have, uint64_t need, const char *why)
{
	struct text *t = failure_begin(f, STATUS_CRASH_REGION_SMALL);

	text_put(t, "the crash region has ");
	text_size(t, have);
	text_put(t, why);
	text_size(t, need);
	t = failure_hint(f);
	text_put(t, "boot with the profile's crashkernel=; loading alone takes ");
	text_decimal(t, (need >> 20) + ((need & ((1u << 20) - 1)) != 0));
	text_put(t, "M");
	return STATUS_CRASH_REGION_SMALL;
}

/* Bytes of the region in which no segment may lie; what is in the way may overlap itself, and begins in order. */
static uint64_t lost(const struct place_room *room)
{
	uint64_t sum = 0, at = room->region.start;

	for (uint32_t i = 0; i < room->taken_count; i++) {
		struct range r = room->taken[i];

		if (r.start < at)
			r.start = at;
		if (r.end > room->region.end)
			r.end = room->region.end;
		if (r.start >= r.end)
			continue;
		sum += r.end - r.start;
		at = r.end;
	}
	return sum;
}

enum status place_segments(const struct seal *seal, const struct place_room *room,
			   uint64_t address[SEAL_SEGMENTS_MAX], struct failure *f)
{
	struct placing p = { seal, room, address, 0 };
	unsigned int count = seal->header.segment_count;
	uint64_t size = range_size(room->region);
	uint64_t occupied = 0;
	uint64_t taken = arch_has_trees ? lost(room) : 0;

	if (size < seal->header.crash_size)
		return place_region_small(f, size, seal->header.crash_size, ", the bundle is sealed for ");
	/* No overflow: segments are disjoint within the planned crash size. */
	for (unsigned int i = 0; i < count; i++)
		occupied += seal->segments[i].memsz;
	/* Where segments alone do not fit beside what is in the way, the hole that is missing says more. */
	if (taken <= size - occupied && room->keep_free > size - occupied - taken)
		return place_region_small(f, size, occupied + taken + room->keep_free,
					  ", segments and the kernel's own pages need ");
	if (room->memory_total != 0 && occupied > room->memory_total / 2) {
		struct text *t = failure_begin(f, STATUS_NO_PLACE);
		text_put(t, "the segments occupy ");
		text_size(t, occupied);
		text_put(t, ", more than half of this machine's memory, which the kernel refuses");
		return failure_end(f, NULL);
	}
	/* Planned places first, so that nobody is driven out of his by one who has to move. */
	for (unsigned int i = 0; i < count;) {
		struct group g = group_at(seal, i);
		uint64_t base = room->region.start + seal->segments[i].place;
		uint64_t next;
		if (fits(&p, g, base, &next))
			take(&p, g, base);
		else if ((seal->segments[i].flags & SEGMENT_FLAG_FIXED) != 0)
			return not_fixed(&p, g, base, f);
		i += g.count;
	}
	for (unsigned int i = 0; i < count;) {
		struct group g = group_at(seal, i);
		if ((p.placed >> i & 1) == 0 && !take_hole(&p, g)) {
			struct text *t = failure_begin(f, STATUS_NO_PLACE);
			text_put(t, "no hole in the crash region fits segment \"");
			text_put(t, seal->segments[i].name);
			text_put(t, "\" of ");
			text_size(t, seal->segments[i].memsz);
			text_put(t, ", aligned to ");
			text_size(t, seal->segments[i].align);
			if (arch_has_trees && room->taken_count != 0)
				failure_detail(f, DETAIL_REGION_TAKEN);
			failure_index(f, i);
			return failure_end(f, "boot with a larger crashkernel=");
		}
		i += g.count;
	}
	return STATUS_OK;
}
