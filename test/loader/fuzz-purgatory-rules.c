/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any purgatory below any seal: it is judged without a look outside of its member, and the same each time.
 * The input is the size of the seal, 16 bits, the seal, and purgatory.
 */
#include <stdlib.h>

#include "bundle/purgatory_rules.h"
#include "byteorder.h"
#include "memory.h"
#include "sha256.h"

/* Of all members: what is larger tells no more, and takes long. */
#define MEMBERS_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each member in memory of its own, where the sanitizer sees who reads past it. */
static bool make_members(struct bundle *bundle, const struct seal *seal)
{
	uint64_t all = 0;

	if (seal->header.member_count + BUNDLE_FIRST_SEALED > BUNDLE_MEMBER_KINDS)
		return false;
	for (uint32_t i = 0; i < seal->header.member_count; i++) {
		if (seal->members[i].size > MEMBERS_MAX - all)
			return false;
		all += seal->members[i].size;
	}
	for (uint32_t i = 0; i < seal->header.member_count; i++) {
		struct bundle_member *m = &bundle->member[i + BUNDLE_FIRST_SEALED];

		m->size = seal->members[i].size;
		m->data = calloc(1, m->size);
		if (!m->data)
			abort();
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal seal;
	static struct failure failure;
	static const struct bundle none;
	struct bundle bundle = none;

	if (size < 2)
		return 0;
	const size_t seal_size = load16_le(data);

	data += 2;
	size -= 2;
	if (seal_size > size || seal_parse(&seal, data, seal_size) != DETAIL_NONE ||
	    !make_members(&bundle, &seal))
		return 0;

	const struct seal_segment *s = &seal.segments[seal.header.entry_segment];
	uint8_t *image = bundle.member[s->member + BUNDLE_FIRST_SEALED].data + s->buf_offset;
	const size_t given = size - seal_size;

	mem_copy(image, data + seal_size, given < s->bufsz ? given : (size_t)s->bufsz);
	/* A changed policy would be refused for its digest, and the rest not looked at. */
	if (s->bufsz >= PURGATORY_HEAD_BYTES)
		sha256_digest(image + PURGATORY_HEAD_AT_STATIC_DIGEST, image + PURGATORY_STATIC_START,
			      PURGATORY_LIVE_START - PURGATORY_STATIC_START, 0);

	const enum status status = purgatory_check(&bundle, &seal, 0, &failure);
	const uint32_t index = seal.fault_index;

	if (status != STATUS_OK && status != STATUS_BAD_SEAL)
		__builtin_trap();
	if (purgatory_check(&bundle, &seal, 0, &failure) != status || seal.fault_index != index)
		__builtin_trap();
	for (size_t i = 0; i < BUNDLE_MEMBER_KINDS; i++)
		free(bundle.member[i].data);
	return 0;
}
