/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal, taken apart. seal_parse() is the only way in: whoever holds a parsed seal knows that
 * every index, offset, size, string and place in it is inside what it points into, that no two
 * places overlap, and that every code is one this loader knows. Nothing is checked twice after it.
 */
#ifndef LOADER_SEAL_H
#define LOADER_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "bundle_format.h"

/* Bytes of the seal's string table; not ended by NUL. */
struct seal_string {
	const char *at;
	uint32_t length;
};

struct seal {
	const uint8_t *bytes;
	struct seal_header header;
	struct seal_member members[SEAL_MEMBERS_MAX];
	struct seal_segment segments[SEAL_SEGMENTS_MAX];
	struct seal_live live[SEAL_LIVE_MAX];
	struct seal_match matches[SEAL_MATCH_MAX];
	struct seal_probe probes[SEAL_PROBES_MAX];
	const char *strings;
	/* Sources that some live value names, as bits 1 << source; nothing else need be read. */
	uint64_t sources;
	/* Segments that hold a live value, as bits. */
	uint32_t live_segments;
	/* Where seal_parse() stopped: index of the record that has the fault. */
	uint32_t fault_index;
};

/*
 * Before: `bytes` are `size` bytes whose signature is right. They stay in place while the seal is used.
 * After:  DETAIL_NONE, or the first of SEAL_FAULTS in the order of the records; fault_index says of which.
 */
enum detail seal_parse(struct seal *seal, const uint8_t *bytes, size_t size);

static inline struct seal_string seal_text(const struct seal *seal, uint32_t offset, uint32_t length)
{
	return (struct seal_string){ seal->strings + offset, length };
}

/* STATUS_BAD_SEAL with the fault's text and detail, and where it speaks of one record its index. */
enum status fail_seal(struct failure *f, const struct seal *seal, enum detail fault);

/* Of a live value whose source is known: is its place a number of `width` bytes, or appended text? */
bool live_is_number(const struct seal_live *live);
bool live_is_text(const struct seal_live *live);
/* Does filling it change bytes of its segment from `start` to before `end`? */
bool live_writes_into(const struct seal_live *live, uint64_t start, uint64_t end);

#endif
