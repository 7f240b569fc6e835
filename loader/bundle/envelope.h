/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle as an archive: which members it has and where their bytes are. docs/format.md, "Archive".
 *
 * Exactly one ustar form is accepted. Every header is rebuilt from its member's name and size and
 * compared whole, so there is nothing in it that could be read in two ways.
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

struct bundle_member {
	enum bundle_member_id id;
	const char *name;
	uint8_t *data; /* into the archive; 512-byte aligned within it */
	size_t size;
};

#define BUNDLE_SIGNATURES_MAX (BUNDLE_SIGNATURE4 - BUNDLE_SIGNATURE + 1)

/* In archive order: member[0] is seal.bin, and member[i + 1] is seal_member record i. */
struct bundle {
	size_t head_size; /* of the archive's bytes, those before the first sealed member's header */
	size_t next; /* the first kind of member that may still come */
	size_t member_count;
	struct bundle_member member[BUNDLE_MEMBER_KINDS];
	size_t signature_count;
	struct bundle_member signature[BUNDLE_SIGNATURES_MAX];
};
#define BUNDLE_FIRST_SEALED 1u

/*
 * Before: `archive` holds `size` bytes and outlives `b`; nothing of it is trusted.
 * After:  STATUS_OK and every member inside the archive, or STATUS_BAD_ENVELOPE with the reason.
 *         Which optional members there must be is for the seal to say.
 */
enum status bundle_open(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);
/*
 * The same in two parts: seal and signatures, of an archive of which the first BUNDLE_HEAD_MAX bytes
 * are there; then all that is after them.
 */
enum status bundle_open_head(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);
enum status bundle_open_rest(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);

#endif
