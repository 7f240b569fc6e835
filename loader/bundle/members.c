/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/members.h"

#include "base/ustar.h"
#include "memory.h"
#include "sha256_parts.h"

/* Room for a small member or some headers: of a larger one in a wrong place is told that it is cut off. */
#define BEYOND (64u << 10)

static enum status bad_member(struct failure *f, enum status status, enum detail detail,
			      uint32_t index, const char *name, const char *why)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "member ");
	text_put(t, name);
	text_put(t, why);
	failure_detail(f, detail);
	failure_index(f, index);
	return failure_end(f, "the bundle is damaged or was changed: fetch it again");
}

uint64_t members_bound(const struct bundle *b, const struct seal *seal)
{
	uint64_t size = b->head_size + 2 * USTAR_BLOCK;

	for (uint32_t i = 0; i < seal->header.member_count; i++) {
		const uint64_t bytes = seal->members[i].size;

		/* One that no archive may hold is refused when its header is read. */
		if (bytes > BUNDLE_SIZE_MAX)
			break;
		size += USTAR_BLOCK + ((bytes + USTAR_BLOCK - 1) & ~(uint64_t)(USTAR_BLOCK - 1));
	}
	return size + BEYOND;
}

enum status members_match(const struct bundle *b, const struct seal *seal, struct failure *f)
{
	const size_t count = b->member_count - BUNDLE_FIRST_SEALED;

	if (count != seal->header.member_count) {
		fail(f, STATUS_BAD_ENVELOPE,
		     "the archive does not have as many members as its seal lists", NULL);
		failure_detail(f, DETAIL_MEMBER_COUNT);
		return STATUS_BAD_ENVELOPE;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct bundle_member *m = &b->member[i + BUNDLE_FIRST_SEALED];
		if (!str_equal(m->name, seal->members[i].name))
			return bad_member(f, STATUS_BAD_ENVELOPE, DETAIL_MEMBER_NAME, i, m->name,
					  " is not the one that the seal lists here");
		if (m->size != seal->members[i].size)
			return bad_member(f, STATUS_BAD_ENVELOPE, DETAIL_MEMBER_SIZE, i, m->name,
					  " does not have the size that the seal lists");
	}
	return STATUS_OK;
}

enum status members_digest(const struct bundle *b, const struct seal *seal, uint64_t hash_features,
			   struct failure *f)
{
	for (uint32_t i = 0; i < seal->header.member_count; i++) {
		const struct bundle_member *m = &b->member[i + BUNDLE_FIRST_SEALED];
		const struct seal_member *sealed = &seal->members[i];
		uint8_t digest[SHA256_DIGEST_BYTES];

		sha256_parts(digest, m->data, m->size, hash_features);
		/* Without parts it is the digest that people compare as well. */
		if (!mem_equal(digest, sealed->parts_digest, sizeof(digest)) ||
		    (m->size < DIGEST_PARTS_FROM &&
		     !mem_equal(digest, sealed->digest, sizeof(digest))))
			return bad_member(f, STATUS_BAD_DIGEST, DETAIL_NONE, i, m->name,
					  " differs from its digest in the seal");
	}
	return STATUS_OK;
}
