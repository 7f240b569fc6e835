/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"

#include "memory.h"
#include "sha256.h"
#include "base/sys.h"

/* Of entries whose kind is below 256, the order is that of their bytes. */
static int compare(const uint8_t *a, const uint8_t *b)
{
	size_t i = 0;

	while (i + 1 < REVOCATION_ENTRY_BYTES && a[i] == b[i])
		i++;
	return a[i] - b[i];
}

const char *revocation_split(struct bytes file, struct bytes *list, struct bytes *signature)
{
	struct revocation_list head;

	if (file.size < REVOCATION_LIST_BYTES)
		return "is shorter than its header";
	revocation_list_load(&head, file.data);
	if (!mem_equal(head.magic, REVOCATION_MAGIC, REVOCATION_LIST_MAGIC_BYTES) ||
	    head.version != REVOCATION_VERSION)
		return "is no revocation list of a version that this loader knows";
	const uint64_t size = REVOCATION_LIST_BYTES + (uint64_t)head.count * REVOCATION_ENTRY_BYTES;
	if (head.count > REVOCATION_ENTRIES_MAX || size > file.size)
		return "has not the entries that it states";
	if (size == file.size)
		return "is not signed";
	if (file.size - size > BUNDLE_SIGNATURE_MAX)
		return "has a signature of more than 64 KiB";
	*list = (struct bytes){ file.data, size };
	*signature = (struct bytes){ file.data + size, file.size - size };
	return NULL;
}

const char *revocation_parse(struct bytes list, struct bytes *entries)
{
	struct revocation_list head;
	struct revocation_entry entry;

	revocation_list_load(&head, list.data);
	if (head.date > TEXT_LAST_SECOND)
		return "states a date that is none";
	entries->data = list.data + REVOCATION_LIST_BYTES;
	entries->size = list.size - REVOCATION_LIST_BYTES;
	for (size_t at = 0; at < entries->size; at += REVOCATION_ENTRY_BYTES) {
		const uint8_t *const p = entries->data + at;

		revocation_entry_load(&entry, p);
		if (entry.kind < REVOCATION_KIND_CERTIFICATE || entry.kind > REVOCATION_KIND_SEAL ||
		    !mem_is_zero(p + 4, REVOCATION_ENTRY_AT_DIGEST - 4))
			return "has an entry of an unknown kind";
		if (at > 0 && compare(p - REVOCATION_ENTRY_BYTES, p) >= 0)
			return "is not sorted, or has an entry twice";
	}
	return NULL;
}

bool revoked(const struct trust_store *ts, enum revocation_kind kind, struct bytes what)
{
	uint8_t wanted[REVOCATION_ENTRY_BYTES] = { (uint8_t)kind };

	sha256_digest(wanted + REVOCATION_ENTRY_AT_DIGEST, what.data, what.size, 0);
	for (size_t at = 0; at < ts->revoked.size; at += REVOCATION_ENTRY_BYTES)
		if (mem_equal(ts->revoked.data + at, wanted, sizeof(wanted)))
			return true;
	return false;
}

static const char put_list[] = "put the latest revocation list there";

static enum status fail_list(struct failure *f, const char *path, const char *what,
			     const struct failure *why)
{
	struct text *t = failure_begin(f, STATUS_NO_TRUST);

	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	text_put(t, what);
	if (why != NULL)
		text_put(t, why->message);
	return failure_end(f, put_list);
}

enum status revocation_open(const struct root *root, const char *path, uint64_t now,
			    struct trust_store *ts, struct failure *f)
{
	static uint8_t file[REVOCATION_LIST_BYTES + REVOCATION_ENTRIES_MAX * REVOCATION_ENTRY_BYTES +
			    BUNDLE_SIGNATURE_MAX];
	static struct failure why;
	static struct signer who;
	static struct cms cms;
	char name[1024];
	struct bytes all = { file, 0 }, list, signature;
	struct text t;
	size_t folder = str_length(path);

	while (folder > 0 && path[folder - 1] != '/')
		folder--;
	text_init(&t, name, sizeof(name));
	text_chars(&t, path, folder);
	text_put(&t, "revoked");
	const long error = file_read(root, name, file, sizeof(file), &all.size);
	if (error == -SYS_ENOENT && !ts->revocation && !t.cut)
		return STATUS_OK;
	if (error < 0)
		return fail_file(f, STATUS_NO_TRUST, "cannot read", name, error, put_list);
	const char *what = revocation_split(all, &list, &signature);
	if (what != NULL)
		return fail_list(f, name, what, NULL);
	if (cms_parse(&cms, "its signature", signature, &why) != STATUS_OK)
		return fail_list(f, name, "is no good: ", &why);
	if (trust_verify(ts, &cms, list, "this list", now, &who, &why) != STATUS_OK)
		return fail_list(f, name, "is not signed by whom this machine trusts: ", &why);
	what = revocation_parse(list, &ts->revoked);
	return what == NULL ? STATUS_OK : fail_list(f, name, what, NULL);
}
