/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include "memory.h"
#include "sha256.h"
#include "sys.h"

/* Of entries whose kind is below 256, the order is that of their bytes. */
static int compare(const uint8_t *a, const uint8_t *b)
{
	size_t i = 0;

	while (i + 1 < REVOCATION_ENTRY_BYTES && a[i] == b[i])
		i++;
	return a[i] - b[i];
}

const char *revocation_parse(struct bytes list, struct bytes *entries)
{
	struct revocation_list head;
	struct revocation_entry entry;

	if (list.size < REVOCATION_LIST_BYTES)
		return "is shorter than its header";
	revocation_list_load(&head, list.data);
	if (!mem_equal(head.magic, REVOCATION_MAGIC, REVOCATION_LIST_MAGIC_BYTES) ||
	    head.version != REVOCATION_VERSION)
		return "is no revocation list of a version that this loader knows";
	if (head.count > REVOCATION_ENTRIES_MAX ||
	    list.size != REVOCATION_LIST_BYTES + head.count * REVOCATION_ENTRY_BYTES)
		return "has not the size that it states";
	/* Year 9999, as everywhere. */
	if (head.date > UINT64_C(253402300799))
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

static const char put_list[] = "put the latest revocation list and its signature there";

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
	static uint8_t list[REVOCATION_LIST_BYTES + REVOCATION_ENTRIES_MAX * REVOCATION_ENTRY_BYTES];
	static uint8_t signature[BUNDLE_SIGNATURE_MAX];
	static struct failure why;
	static struct signer who;
	static struct cms cms;
	char name[1024];
	struct bytes bytes = { list, 0 }, signed_by = { signature, 0 };
	struct text t;
	size_t folder = str_length(path);

	while (folder > 0 && path[folder - 1] != '/')
		folder--;
	text_init(&t, name, sizeof(name));
	text_chars(&t, path, folder);
	text_put(&t, "revoked");
	const size_t end = t.used;
	long error = file_read(root, name, list, sizeof(list), &bytes.size);
	text_put(&t, ".p7s");
	const long unsigned_error =
		file_read(root, name, signature, sizeof(signature), &signed_by.size);
	if (error == 0 && unsigned_error < 0) {
		error = unsigned_error;
	} else if (error < 0) {
		name[end] = '\0';
		if (error == -SYS_ENOENT && unsigned_error == -SYS_ENOENT && !ts->revocation && !t.cut)
			return STATUS_OK;
	}
	if (error < 0)
		return fail_file(f, STATUS_NO_TRUST, "cannot read", name, error, put_list);
	if (cms_parse(&cms, "it", signed_by, &why) != STATUS_OK)
		return fail_list(f, name, "is no good: ", &why);
	name[end] = '\0';
	if (trust_verify(ts, &cms, bytes, "this list", now, &who, &why) != STATUS_OK)
		return fail_list(f, name, "is not signed by whom this machine trusts: ", &why);
	const char *const what = revocation_parse(bytes, &ts->revoked);
	return what == NULL ? STATUS_OK : fail_list(f, name, what, NULL);
}
