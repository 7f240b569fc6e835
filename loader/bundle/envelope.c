/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/envelope.h"

#include "base/ustar.h"
#include "memory.h"

enum { BLOCK = USTAR_BLOCK, NAME_BYTES = USTAR_NAME_BYTES, END_BYTES = 2 * BLOCK };

/* Archive order is table order. */
static const struct {
	const char *name;
	uint64_t limit;
	bool required; /* in every bundle; of the others the seal says which it has */
} members[BUNDLE_MEMBER_KINDS] = {
#define MEMBER(id, name, limit, required) [id] = { name, limit, required },
	BUNDLE_MEMBERS(MEMBER)
#undef MEMBER
};

static const char copy_again[] = "fetch or build the bundle again";

/* Which member a name field names: all of the field counts, up to its last padding byte. */
static bool find_member(const uint8_t field[NAME_BYTES], enum bundle_member_id *id)
{
	for (size_t i = 0; i < BUNDLE_MEMBER_KINDS; i++) {
		const size_t length = str_length(members[i].name);

		if (mem_equal(field, members[i].name, length) &&
		    mem_is_zero(field + length, NAME_BYTES - length)) {
			*id = (enum bundle_member_id)i;
			return true;
		}
	}
	return false;
}

/* Reads the eleven digits alone; that all else of the field is right shows when it is rebuilt. */
static bool read_size(const uint8_t *field, uint64_t *size)
{
	*size = 0;
	for (size_t i = 0; i < 11; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		*size = *size << 3 | (uint64_t)(field[i] - '0');
	}
	return true;
}

/* A failure about the archive at `offset`: "at byte 0x600: " and the message. */
static enum status fail_at(struct failure *f, size_t offset, const char *message)
{
	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);

	text_put(t, "at byte ");
	text_hex(t, offset);
	text_put(t, " of the archive: ");
	text_put(t, message);
	return failure_end(f, copy_again);
}

static enum status fail_member(struct failure *f, const char *name, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);

	text_put(t, "member ");
	text_put(t, name);
	text_char(t, ' ');
	text_put(t, what);
	return failure_end(f, copy_again);
}

/* Why a header that is not the canonical one is not: the first field that differs. */
static enum status fail_header(struct failure *f, const char *name, const uint8_t *header,
			       const uint8_t *canonical)
{
	static const struct {
		uint16_t end;
		const char *what;
	} fields[] = {
		{ 100, "has another name" },
		{ 108, "has a mode other than 0644" },
		{ 124, "has an owner other than 0:0" },
		{ 136, "does not write its size in the one form that is allowed" },
		{ 148, "has a time other than 0" },
		{ 156, "has a wrong header checksum" },
		{ 157, "is not a regular file" },
		{ 257, "has a link name" },
		{ 265, "is not in ustar format" },
		{ 512, "has owner names, device numbers, a name prefix or bytes after them" },
	};
	size_t at = 0;
	size_t i = 0;

	/* The checksum follows from the rest, so a wrong rest is the better reason. */
	while (at < BLOCK && (header[at] == canonical[at] || (at >= 148 && at < 156)))
		at++;
	if (at == BLOCK)
		at = 148;
	while (at >= fields[i].end)
		i++;
	return fail_member(f, name, fields[i].what);
}

/* Of the members from `next` to before `end`, the one that must not be passed over; or `end`. */
static size_t find_missing(size_t next, size_t end)
{
	/* Signatures are numbered without a gap. */
	while (next < end && !members[next].required && end > BUNDLE_SIGNATURE4)
		next++;
	return next;
}

/* Takes one member at *at and moves *at past its padding. *next is the first that may stand here. */
static enum status take_member(struct bundle *b, uint8_t *archive, size_t size, size_t *at,
			       size_t *next, struct failure *f)
{
	uint8_t canonical[BLOCK];
	uint8_t *const header = archive + *at;
	const size_t left = size - *at - BLOCK;
	enum bundle_member_id id;
	struct bundle_member *member;
	uint64_t bytes;
	size_t padding;

	if (!find_member(header, &id))
		return fail_at(f, *at, "what stands there is no member of a bundle");
	if (id < *next)
		return fail_member(f, members[id].name, id + 1 == *next ? "is there twice" :
									    "is not in its place");
	/* One that was passed over is named here, where one sees what came instead. */
	const size_t missing = find_missing(*next, id);
	if (missing < id)
		return fail_member(f, members[missing].name, "is missing, or not in its place");
	if (!read_size(header + 124, &bytes) || !ustar_header(canonical, members[id].name, bytes))
		return fail_member(f, members[id].name, "has a size that is not octal");
	if (!mem_equal(header, canonical, BLOCK))
		return fail_header(f, members[id].name, header, canonical);
	if (bytes == 0)
		return fail_member(f, members[id].name, "is empty");
	if (bytes > members[id].limit)
		return fail_member(f, members[id].name, "is larger than allowed");
	if (bytes > left)
		return fail_member(f, members[id].name, "is cut off");
	padding = (BLOCK - (size_t)bytes % BLOCK) % BLOCK;
	if (padding > left - (size_t)bytes)
		return fail_member(f, members[id].name, "is cut off in its padding");
	if (!mem_is_zero(header + BLOCK + bytes, padding))
		return fail_member(f, members[id].name, "has padding that is not zero");

	member = id >= BUNDLE_SIGNATURE && id <= BUNDLE_SIGNATURE4 ?
			 &b->signature[b->signature_count++] :
			 &b->member[b->member_count++];
	*next = (size_t)id + 1;
	member->id = id;
	member->name = members[id].name;
	member->data = header + BLOCK;
	member->size = (size_t)bytes;
	*at += BLOCK + (size_t)bytes + padding;
	return STATUS_OK;
}

/* Members one after another from *at: all, or those before the first sealed one. */
static enum status take_members(struct bundle *b, uint8_t *archive, size_t size, size_t *at,
				enum bundle_member_id until, struct failure *f)
{
	for (;;) {
		enum bundle_member_id id;
		enum status status;

		if (size - *at < BLOCK)
			return fail_at(f, *at, size == *at ? "the archive has no end" :
							     "a block is cut off");
		if (archive[*at] == 0 ||
		    (b->member_count > 0 && find_member(archive + *at, &id) && id >= until))
			break;
		status = take_member(b, archive, size, at, &b->next, f);
		if (status != STATUS_OK)
			return status;
	}
	const size_t missing = find_missing(b->next, until);
	if (missing < until)
		return fail_member(f, members[missing].name, "is missing");
	return STATUS_OK;
}

enum status bundle_open_head(struct bundle *b, uint8_t *archive, size_t size, struct failure *f)
{
	b->head_size = 0;
	b->next = 0;
	b->member_count = 0;
	b->signature_count = 0;
	return take_members(b, archive, size, &b->head_size, BUNDLE_MANIFEST, f);
}

enum status bundle_open_rest(struct bundle *b, uint8_t *archive, size_t size, struct failure *f)
{
	size_t at = b->head_size;
	enum status status = take_members(b, archive, size, &at, BUNDLE_MEMBER_KINDS, f);

	if (status != STATUS_OK)
		return status;
	if (size - at < END_BYTES)
		return fail_at(f, at, "the end is cut off");
	if (!mem_is_zero(archive + at, BLOCK))
		return fail_at(f, at, "a header begins with a zero byte");
	if (!mem_is_zero(archive + at + BLOCK, BLOCK))
		return fail_at(f, at, "a single zero block, where two end the archive");
	if (size - at > END_BYTES)
		return fail_at(f, at + END_BYTES, "there is something after the end");
	return STATUS_OK;
}

enum status bundle_open(struct bundle *b, uint8_t *archive, size_t size, struct failure *f)
{
	const enum status status = bundle_open_head(b, archive, size, f);

	return status == STATUS_OK ? bundle_open_rest(b, archive, size, f) : status;
}
