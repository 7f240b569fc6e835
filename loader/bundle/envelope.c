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

/* A failure about the archive at `offset`: "at byte 0x600 of the archive: " and what it is. */
static enum status fail_at(struct failure *f, size_t offset, enum detail what)
{
	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);

	text_put(t, "at byte ");
	text_hex(t, offset);
	text_put(t, " of the archive: ");
	text_put(t, detail_words(what));
	failure_detail(f, what);
	return failure_end(f, copy_again);
}

static enum status fail_member(struct failure *f, enum bundle_member_id id, enum detail what)
{
	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);

	text_put(t, "member ");
	text_put(t, members[id].name);
	text_char(t, ' ');
	text_put(t, detail_words(what));
	failure_detail(f, what);
	return failure_end(f, copy_again);
}

/* The first field of a header that differs from the canonical one; `end` by POSIX.1-1988, "ustar". */
static enum detail header_fault(const uint8_t *header, const uint8_t *canonical)
{
	static const struct {
		uint16_t end;
		enum detail what;
	} fields[] = {
		{ 100, DETAIL_ARCHIVE_NAME },  { 108, DETAIL_ARCHIVE_MODE },
		{ 124, DETAIL_ARCHIVE_OWNER }, { 136, DETAIL_ARCHIVE_SIZE },
		{ 148, DETAIL_ARCHIVE_TIME },  { 156, DETAIL_ARCHIVE_CHECKSUM },
		{ 157, DETAIL_ARCHIVE_KIND },  { 257, DETAIL_ARCHIVE_LINK },
		{ 265, DETAIL_ARCHIVE_MAGIC }, { 512, DETAIL_ARCHIVE_REST },
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
	return fields[i].what;
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
		return fail_at(f, *at, DETAIL_ARCHIVE_STRANGER);
	if (id < *next)
		return fail_member(f, id, id + 1 == *next ? DETAIL_ARCHIVE_MEMBER_TWICE :
							    DETAIL_ARCHIVE_MEMBER_PLACE);
	/* One that was passed over is named here, where one sees what came instead. */
	const size_t missing = find_missing(*next, id);
	if (missing < id)
		return fail_member(f, (enum bundle_member_id)missing, DETAIL_ARCHIVE_MEMBER_MISSING);
	if (!read_size(header + 124, &bytes) || !ustar_header(canonical, members[id].name, bytes))
		return fail_member(f, id, DETAIL_ARCHIVE_SIZE);
	if (!mem_equal(header, canonical, BLOCK))
		return fail_member(f, id, header_fault(header, canonical));
	if (bytes == 0)
		return fail_member(f, id, DETAIL_ARCHIVE_MEMBER_EMPTY);
	if (bytes > members[id].limit)
		return fail_member(f, id, DETAIL_ARCHIVE_MEMBER_LARGE);
	if (bytes > left)
		return fail_member(f, id, DETAIL_ARCHIVE_MEMBER_CUT);
	padding = (BLOCK - (size_t)bytes % BLOCK) % BLOCK;
	if (padding > left - (size_t)bytes)
		return fail_member(f, id, DETAIL_ARCHIVE_MEMBER_CUT);
	if (!mem_is_zero(header + BLOCK + bytes, padding))
		return fail_member(f, id, DETAIL_ARCHIVE_PADDING);

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
			return fail_at(f, *at, DETAIL_ARCHIVE_CUT);
		if (archive[*at] == 0 ||
		    (b->member_count > 0 && find_member(archive + *at, &id) && id >= until))
			break;
		status = take_member(b, archive, size, at, &b->next, f);
		if (status != STATUS_OK)
			return status;
	}
	const size_t missing = find_missing(b->next, until);
	if (missing < until)
		return fail_member(f, (enum bundle_member_id)missing, DETAIL_ARCHIVE_MEMBER_MISSING);
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
		return fail_at(f, at, DETAIL_ARCHIVE_CUT);
	if (!mem_is_zero(archive + at, BLOCK))
		return fail_at(f, at, DETAIL_ARCHIVE_ZERO);
	if (!mem_is_zero(archive + at + BLOCK, BLOCK))
		return fail_at(f, at, DETAIL_ARCHIVE_END);
	if (size - at > END_BYTES)
		return fail_at(f, at + END_BYTES, DETAIL_ARCHIVE_MORE);
	return STATUS_OK;
}

enum status bundle_open(struct bundle *b, uint8_t *archive, size_t size, struct failure *f)
{
	const enum status status = bundle_open_head(b, archive, size, f);

	return status == STATUS_OK ? bundle_open_rest(b, archive, size, f) : status;
}
