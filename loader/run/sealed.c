/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a seal and members that are what was signed. Nothing is parsed before its signature is right. */
#include "memory.h"
#include "run/run.h"
#include "sha256.h"
#include "base/sys.h"

/* --trust names a file of the caller's, outside of any root. */
static enum status open_trust(struct run *run)
{
	const struct root outside = { .fd = SYS_HERE, .real = true };
	const char *const path = run->options.trust;

	return trust_open(path ? &outside : &run->root, path ? path : TRUST_DEFAULT_PATH, run->now,
			  &run->trust, &run->failure);
}

enum status open_sealed(struct run *run)
{
	struct failure *f = &run->failure;
	enum status status;

	run->report.depth = REPORT_NOTHING;
	run->reader.watched_count = 0;
	mem_set(&run->load, 0, sizeof(run->load));
	file_unload(&run->image, 0);
	status = file_open(run->path, BUNDLE_SIZE_MAX, STATUS_NO_FILE, &run->image, f);
	if (status == STATUS_OK)
		status = file_read_on(&run->image, BUNDLE_HEAD_MAX, run->path, STATUS_NO_FILE, f);
	if (status == STATUS_OK)
		status = bundle_open_head(&run->bundle, run->image.bytes, run->image.size, f);
	if (status == STATUS_OK)
		status = open_trust(run);
	if (status == STATUS_OK)
		status = bundle_verify(&run->bundle, &run->trust, run->now, &run->signers, f);
	if (status != STATUS_OK)
		return status;
	const struct bundle_member *sealed = &run->bundle.member[BUNDLE_SEAL];
	const char *why = seal_parse(&run->seal, sealed->data, sealed->size);
	if (why) {
		struct text *t = failure_begin(f, STATUS_BAD_SEAL);
		text_put(t, "the seal: ");
		text_put(t, why);
		text_put(t, " (entry ");
		text_decimal(t, run->seal.fault_index);
		text_char(t, ')');
		return failure_end(f, "is this loader older than the tool that built the bundle?");
	}
	run->report.depth = REPORT_SIGNED;
	return STATUS_OK;
}

static enum status bad_member(struct failure *f, enum status status, const char *name,
			      const char *why)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "member ");
	text_put(t, name);
	text_put(t, why);
	return failure_end(f, "the bundle is damaged or was changed: fetch it again");
}

/* The members of the archive are those of the seal, in its order and of its sizes. */
static enum status match_members(struct run *run)
{
	const struct seal *seal = &run->seal;
	size_t count = run->bundle.member_count - BUNDLE_FIRST_SEALED;

	if (count != seal->header.member_count)
		return fail(&run->failure, STATUS_BAD_ENVELOPE,
			    "the archive has not as many members as its seal lists", NULL);
	for (size_t i = 0; i < count; i++) {
		const struct bundle_member *m = &run->bundle.member[i + BUNDLE_FIRST_SEALED];
		if (!str_equal(m->name, seal->members[i].name))
			return bad_member(&run->failure, STATUS_BAD_ENVELOPE, m->name,
					  " is not the one that the seal lists here");
		if (m->size != seal->members[i].size)
			return bad_member(&run->failure, STATUS_BAD_ENVELOPE, m->name,
					  " has not the size that the seal lists");
	}
	return STATUS_OK;
}

/* One pass over the buffers that are loaded; there is no second copy that could differ. */
static enum status check_digests(struct run *run)
{
	for (uint32_t i = 0; i < run->seal.header.member_count; i++) {
		const struct bundle_member *m = &run->bundle.member[i + BUNDLE_FIRST_SEALED];
		uint8_t digest[SHA256_DIGEST_BYTES];
		sha256_digest(digest, m->data, m->size, run->hash_features);
		if (!mem_equal(digest, run->seal.members[i].digest, sizeof(digest)))
			return bad_member(&run->failure, STATUS_BAD_DIGEST, m->name,
					  " differs from its digest in the seal");
	}
	return STATUS_OK;
}

enum status open_members(struct run *run)
{
	struct failure *f = &run->failure;
	enum status status = file_read_on(&run->image, SIZE_MAX, run->path, STATUS_NO_FILE, f);

	if (status == STATUS_OK)
		status = bundle_open_rest(&run->bundle, run->image.bytes, run->image.size, f);
	if (status == STATUS_OK)
		status = match_members(run);
	return status == STATUS_OK ? check_digests(run) : status;
}
