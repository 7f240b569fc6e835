/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the crash region each segment goes. Pure. docs/format.md, "Placement". */
#ifndef PLACE_H
#define PLACE_H

#include "base/failure.h"
#include "base/range.h"
#include "bundle/seal.h"

/* The region, what is in the way there, and what must stay free for the running kernel. */
struct place_room {
	struct range region;
	const struct range *taken;
	uint32_t taken_count;
	/* Bytes of the region that no segment may occupy, anywhere in it. */
	uint64_t keep_free;
	/* MemTotal in bytes, or 0: an image of more than half of it is refused by the kernel. */
	uint64_t memory_total;
};

/* STATUS_CRASH_REGION_SMALL, with both sizes and the word for the boot loader. */
enum status place_region_small(struct failure *f, uint64_t have, uint64_t need, const char *why);

/*
 * Before: `seal` is parsed.
 * After:  STATUS_OK and address[i] for each segment: aligned, disjoint, inside the region, not below
 *         its lowest address, groups together; or STATUS_CRASH_REGION_SMALL, STATUS_NO_PLACE.
 */
enum status place_segments(const struct seal *seal, const struct place_room *room,
			   uint64_t address[SEAL_SEGMENTS_MAX], struct failure *f);

#endif
