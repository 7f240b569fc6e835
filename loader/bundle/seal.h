/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal, taken apart. seal_parse() is the only way in: whoever holds a parsed seal knows that
 * every index, offset, size, string and place in it is inside what it points into, that no two
 * places overlap, and that every code is one this loader knows. Nothing is checked twice after it.
 */
#ifndef LOADER_SEAL_H
#define LOADER_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "bundle_format.h"

/* KEXEC_SEGMENT_MAX in <linux/kexec.h>. */
#define SEAL_SEGMENTS_MAX 16u
#define SEAL_MEMBERS_MAX 16u
/* Ours: far above what any profile needs, low enough for quadratic checks. */
#define SEAL_LIVE_MAX 256u
#define SEAL_MATCH_MAX 64u
/* A path below the root; with the root's own name it stays under PATH_MAX. */
#define SEAL_PATH_MAX 255u
/* 128 entries of 20 bytes: boot_params.e820_table (x86 boot protocol). */
#define SEAL_E820_MAX 128u
#define SEAL_E820_ENTRY_BYTES 20u

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
	const char *strings;
	/* Sources that some live value names, as bits 1 << source; nothing else need be read. */
	uint64_t sources;
	/* Segments that hold a live value, as bits. */
	uint32_t live_segments;
	/* Where seal_parse() stopped, for the message: index in the table it complains about. */
	uint32_t fault_index;
};

/*
 * Before: `bytes` are `size` bytes whose signature is right. They stay in place while the seal is used.
 * After:  NULL, or what is wrong, as words to follow "the seal: ".
 */
const char *seal_parse(struct seal *seal, const uint8_t *bytes, size_t size);

static inline struct seal_string seal_text(const struct seal *seal, uint32_t offset, uint32_t length)
{
	return (struct seal_string){ seal->strings + offset, length };
}

/* Is its place a number of `width` bytes, or appended text? */
static inline int live_is_number(const struct seal_live *live)
{
	return live->source < LIVE_SOURCE_ELFCOREHDR && live->source != LIVE_SOURCE_FILE_BYTES;
}

static inline int live_is_text(const struct seal_live *live)
{
	return live->source == LIVE_SOURCE_MEMMAP || live->form == LIVE_FORM_TEXT_HEX ||
	       live->form == LIVE_FORM_TEXT_KIB;
}

#endif
