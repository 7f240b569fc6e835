/* SPDX-License-Identifier: Apache-2.0 */
/* Writing live values into the segments' own buffers. */
#ifndef FILL_H
#define FILL_H

#include "base/failure.h"
#include "machine/machine.h"
#include "base/reader.h"
#include "bundle/seal.h"

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
	/* Why not by segments, where the seal leaves the choice; else NULL. */
	const char *because;
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
 * Before: every segment has its bytes (private, writable, digested as sealed) and its address.
 *         `hash_features` are those of the CPU that runs this (sha256.h).
 * After:  STATUS_OK and every live value in its place; or the status and reason of the first that
 *         cannot be had, with the buffers partly filled.
 */
enum status fill_live(struct load *load, const struct machine *machine, struct reader *reader,
		      uint64_t hash_features, struct failure *f);

/*
 * Text that is in a live value's place already, to append to; its room ends with the place.
 * Closing it tells when it did not fit.
 */
enum status live_text_open(struct text *t, uint8_t *place, uint64_t size, struct failure *f);
enum status live_text_close(const struct text *t, struct failure *f);

/* Reads the files that the seal's live values and match rules name, as facts. */
void fill_gather(const struct seal *seal, struct reader *reader);

#endif
