/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"

#include "base/file.h"
#include "base/sys.h"
#include "bundle/envelope.h"
#include "trust/revoke.h"

static const char put_list[] = "put the latest revocation list there";

static enum status fail_list(struct failure *f, const char *path, enum detail what,
			     const struct failure *why)
{
	struct text *t = failure_begin(f, STATUS_NO_TRUST);

	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	text_put(t, detail_words(what));
	failure_detail(f, what);
	failure_path(f, path);
	if (why != NULL)
		text_put(t, why->message);
	return failure_end(f, put_list);
}

/* The list beside the store at `path`. */
static enum status revocation_open(const struct root *root, const char *path, uint64_t now,
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
	enum detail what = revocation_split(all, &list, &signature);
	if (what != DETAIL_NONE)
		return fail_list(f, name, what, NULL);
	if (cms_parse(&cms, "its signature", signature, &why) != STATUS_OK)
		return fail_list(f, name, DETAIL_LIST_SIGNATURE_FORM, &why);
	if (trust_verify(ts, ROLE_SEALER, &cms, list, "this list", now, &who, &why) != STATUS_OK)
		return fail_list(f, name, DETAIL_LIST_STRANGER, &why);
	ts->list_signer = &who;
	what = revocation_parse(list, &ts->revoked);
	return what == DETAIL_NONE ? STATUS_OK : fail_list(f, name, what, NULL);
}

enum status trust_open(const struct root *root, const char *path, uint64_t now,
		       struct trust_store *ts, struct failure *f)
{
	const enum status status = store_open(root, path, ts, f);

	ts->list_signer = NULL;
	return status == STATUS_OK ? revocation_open(root, path, now, ts, f) : status;
}

enum status bundle_verify(const struct bundle *b, const struct trust_store *ts, uint64_t now,
			  struct signers *who, struct failure *f)
{
	static struct failure other;
	static struct cms cms;
	const struct bundle_member *const member = &b->member[BUNDLE_SEAL];
	const struct bytes seal = { member->data, member->size };

	who->count = 0;
	if (revoked(ts, REVOCATION_KIND_SEAL, seal))
		return fail(f, STATUS_REVOKED, "this bundle's seal is revoked", "load a later bundle");
	for (size_t i = 0; i < b->signature_count; i++) {
		const struct bundle_member *const p7s = &b->signature[i];
		struct signer *const signer = &who->signer[who->count];
		bool again = false;

		/* One that is not of the form spoils the bundle, whoever else signed. */
		enum status status = cms_parse(&cms, p7s->name,
					       (struct bytes){ p7s->data, p7s->size }, f);
		if (status != STATUS_OK)
			return status;
		if (trust_verify(ts, ROLE_SEALER, &cms, seal, "this seal.bin", now, signer,
				 i == 0 ? f : &other) != STATUS_OK)
			continue;
		for (size_t j = 0; j < who->count; j++)
			again |= bytes_equal(who->signer[j].modulus, signer->modulus);
		if (!again)
			who->count++;
	}
	if (who->count >= ts->threshold) {
		failure_clear(f);
		return STATUS_OK;
	}
	if (who->count == 0)
		return f->status;
	struct text *t = failure_begin(f, STATUS_TOO_FEW_SIGNATURES);
	text_put(t, "signed by ");
	text_decimal(t, who->count);
	text_put(t, " of the ");
	text_decimal(t, ts->threshold);
	text_put(t, " different keys that the trust store wants");
	return failure_end(f, "crashseal resign with another key that this machine trusts");
}
