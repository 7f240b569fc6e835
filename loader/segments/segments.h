/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be loaded: the segments of a bundle, from where they are placed to when they are filled. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "bundle/envelope.h"
#include "bundle/seal.h"
#include "machine/arch.h"
#include "machine/machine.h"

/* A segment with its bytes and its address. */
struct loaded_segment {
	const struct seal_segment *sealed;
	uint8_t *buf;
	uint64_t mem;
};

struct load {
	const struct seal *seal;
	const struct arch *arch;
	/* By which call: BACKEND_SEGMENTS or BACKEND_FILE, never BACKEND_AUTO. */
	enum backend backend;
	/* Why not by segments, where the seal leaves the choice; else 0. */
	enum file_reason because;
	/* What --overlay brought; size 0: nothing. */
	uint64_t overlay_size;
	uint8_t overlay_digest[32];
	/* The kernel is to rewrite the ELF core header on hot-plug. */
	bool hotplug;
	/* seal->header.segment_count of them. */
	struct loaded_segment segments[SEAL_SEGMENTS_MAX];
	uint64_t entry;
	/* Numbers as they were read, before addend and shift; for the report. */
	uint64_t numbers[SEAL_LIVE_MAX];
};

/*
 * Gives every segment of the seal its bytes, in the bundle's own, and its address in the crash region.
 * Before: the members are those of the seal, and the machine's memory was read.
 * After:  STATUS_OK; or STATUS_CRASH_REGION_SMALL, STATUS_NO_PLACE.
 */
enum status segments_place(struct load *load, const struct seal *seal, const struct bundle *bundle,
			   const struct machine *machine, struct failure *f);

#endif
