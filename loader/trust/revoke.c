/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/revoke.h"

#include "bundle/envelope.h"
#include "memory.h"
#include "sha256.h"

/* Of entries whose kind is below 256, the order is that of their bytes. */
static int compare(const uint8_t *a, const uint8_t *b)
{
	size_t i = 0;

	while (i + 1 < REVOCATION_ENTRY_BYTES && a[i] == b[i])
		i++;
	return a[i] - b[i];
}

enum detail revocation_split(struct bytes file, struct bytes *list, struct bytes *signature)
{
	struct revocation_list head;

	if (file.size < REVOCATION_LIST_BYTES)
		return DETAIL_LIST_SHORT;
	revocation_list_load(&head, file.data);
	if (!mem_equal(head.magic, REVOCATION_MAGIC, REVOCATION_LIST_MAGIC_BYTES) ||
	    head.version != REVOCATION_VERSION)
		return DETAIL_LIST_VERSION;
	const uint64_t size = REVOCATION_LIST_BYTES + (uint64_t)head.count * REVOCATION_ENTRY_BYTES;
	if (head.count > REVOCATION_ENTRIES_MAX || size > file.size)
		return DETAIL_LIST_COUNT;
	if (size == file.size)
		return DETAIL_LIST_UNSIGNED;
	if (file.size - size > BUNDLE_SIGNATURE_MAX)
		return DETAIL_LIST_SIGNATURE_LARGE;
	*list = (struct bytes){ file.data, (size_t)size };
	*signature = (struct bytes){ file.data + size, file.size - (size_t)size };
	return DETAIL_NONE;
}

enum detail revocation_parse(struct bytes list, struct bytes *entries)
{
	struct revocation_list head;
	struct revocation_entry entry;

	revocation_list_load(&head, list.data);
	if (head.date > LAST_SECOND)
		return DETAIL_LIST_DATE;
	entries->data = list.data + REVOCATION_LIST_BYTES;
	entries->size = list.size - REVOCATION_LIST_BYTES;
	for (size_t at = 0; at < entries->size; at += REVOCATION_ENTRY_BYTES) {
		const uint8_t *const p = entries->data + at;

		revocation_entry_load(&entry, p);
		if (entry.kind < REVOCATION_KIND_CERTIFICATE || entry.kind > REVOCATION_KIND_KEY ||
		    !revocation_entry_reserved_zero(p))
			return DETAIL_LIST_KIND;
		if (at > 0 && compare(p - REVOCATION_ENTRY_BYTES, p) >= 0)
			return DETAIL_LIST_ORDER;
	}
	return DETAIL_NONE;
}

bool revoked(const struct trust_store *ts, enum revocation_kind kind, struct bytes what)
{
	uint8_t wanted[REVOCATION_ENTRY_BYTES] = { (uint8_t)kind };

	if (ts->revoked.size == 0)
		return false;
	sha256_digest(wanted + REVOCATION_ENTRY_AT_DIGEST, what.data, what.size, 0);
	for (size_t at = 0; at < ts->revoked.size; at += REVOCATION_ENTRY_BYTES)
		if (mem_equal(ts->revoked.data + at, wanted, sizeof(wanted)))
			return true;
	return false;
}
