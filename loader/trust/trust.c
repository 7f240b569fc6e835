/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"

#include "memory.h"
#include "trust/pem.h"
#include "sha256.h"
#include "base/sys.h"

/* --- The store ---------------------------------------------------------------------------------- */

static const char make_anchors[] =
	"put the PEM certificates of those who may sign for this machine there";

/* `line` is 0 for all of the file. `part` may be NULL. */
static enum status fail_store(struct failure *f, const char *path, uint32_t line, const char *what,
			      const char *part)
{
	struct text *t = failure_begin(f, STATUS_NO_TRUST);

	if (line != 0) {
		text_put(t, "line ");
		text_decimal(t, line);
		text_put(t, " of ");
	}
	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	text_put(t, what);
	if (part != NULL)
		text_put(t, part);
	return failure_end(f, make_anchors);
}

/* Settings stand before the certificates, each at most once. */
static bool take_setting(struct trust_store *ts, struct bytes line)
{
	static const char threshold[] = "threshold: ", development[] = "development: accept",
			  revocation[] = "revocation: required";
	const size_t digit = sizeof(threshold) - 1;
	bool *const flag = bytes_equal(line, (struct bytes){ (const uint8_t *)development,
							     sizeof(development) - 1 }) ?
				   &ts->development :
			   bytes_equal(line, (struct bytes){ (const uint8_t *)revocation,
							     sizeof(revocation) - 1 }) ?
				   &ts->revocation :
				   NULL;

	if (ts->count > 0)
		return false;
	if (flag != NULL) {
		const bool first = !*flag;

		*flag = true;
		return first;
	}
	if (line.size != digit + 1 || !mem_equal(line.data, threshold, digit) ||
	    line.data[digit] < '1' || line.data[digit] > '0' + (int)BUNDLE_SIGNATURES_MAX ||
	    ts->threshold != 0)
		return false;
	ts->threshold = line.data[digit] - '0' + 0u;
	return true;
}

static enum status take_anchor(struct trust_store *ts, struct bytes der, const char *path,
			       uint32_t line, struct failure *f)
{
	struct certificate *const anchor = &ts->anchor[ts->count];

	if (ts->count == TRUST_ANCHORS_MAX)
		return fail_store(f, path, line, "is one certificate more than the 16 there may be",
				  NULL);
	const char *const part = certificate_take(anchor, &der);
	if (part != NULL || der.size != 0)
		return fail_store(f, path, line, "begins a certificate that is malformed: ",
				  part != NULL ? part : "end");
	if (!rsa_key_allowed(&anchor->key))
		return fail_store(f, path, line,
				  "begins a certificate without an RSA key of 2048 to 4096 bits and a usual exponent",
				  NULL);
	ts->count++;
	return STATUS_OK;
}

static enum status parse_text(struct trust_store *ts, size_t size, const char *path,
			      struct failure *f)
{
	enum status status = STATUS_OK;
	struct bytes item;
	struct pem pem;

	pem_init(&pem, ts->file, size);
	while (status == STATUS_OK) {
		switch (pem_next(&pem, &item)) {
		case PEM_END:
			return STATUS_OK;
		case PEM_CERTIFICATE:
			status = take_anchor(ts, item, path, pem.line, f);
			break;
		case PEM_LINE:
			if (!take_setting(ts, item))
				status = fail_store(f, path, pem.line,
						    "is no certificate, and no setting in its place",
						    NULL);
			break;
		case PEM_FAULT:
			status = fail_store(f, path, pem.line,
					    "is in a certificate that is damaged, or has no end", NULL);
			break;
		}
	}
	return status;
}

enum status trust_parse(struct trust_store *ts, size_t size, const char *path, struct failure *f)
{
	enum status status;

	ts->count = 0;
	ts->threshold = 0;
	ts->development = false;
	ts->revocation = false;
	ts->revoked.size = 0;
	/* A SEQUENCE: one certificate in DER. Text begins with other letters, or is refused. */
	if (size > 0 && ts->file[0] == DER_SEQUENCE)
		status = take_anchor(ts, (struct bytes){ ts->file, size }, path, 1, f);
	else
		status = parse_text(ts, size, path, f);
	if (status == STATUS_OK && ts->count == 0)
		status = fail_store(f, path, 0, size == 0 ? "is empty" : "holds no certificate", NULL);
	if (status != STATUS_OK)
		ts->count = 0;
	if (ts->threshold == 0)
		ts->threshold = 1;
	return status;
}

enum status trust_open(const struct root *root, const char *path, uint64_t now,
		       struct trust_store *ts, struct failure *f)
{
	struct sys_stat st;
	size_t size;
	const long error = file_read_stat(root, path, ts->file, sizeof(ts->file), &size, &st);
	enum status status;

	ts->count = 0;
	if (error < 0)
		return fail_file(f, STATUS_NO_TRUST, "cannot read the trust anchors in", path, error,
				 make_anchors);
	if (root->real && st.owner != 0 && st.owner != (uint32_t)sys_geteuid()) {
		fail_store(f, path, 0, "belongs neither to root nor to whom the loader runs for", NULL);
		return failure_end(f, "chown root");
	}
	if (root->real && (st.mode & 022) != 0) {
		fail_store(f, path, 0, "can be written by others than its owner", NULL);
		return failure_end(f, "chmod go-w");
	}
	status = trust_parse(ts, size, path, f);
	if (status == STATUS_OK)
		status = revocation_open(root, path, now, ts, f);
	return status;
}

/* --- The chain ---------------------------------------------------------------------------------- */

static void put_name(struct text *t, const struct certificate *c)
{
	if (c->name.size > 0)
		text_outside(t, c->name.data, c->name.size);
	else
		text_put(t, "(no name)");
}

/* What a certificate cannot do, in words that follow "the certificate of NAME". */
static const char out_of_time[] = "is not valid at ";
static const char may_not_issue[] = "may not issue others, or not so many";

static const char *certificate_fault(const struct certificate *c, enum key_usage use, uint64_t now)
{
	if (!rsa_key_allowed(&c->key))
		return "has no RSA key of 2048 to 4096 bits and a usual exponent";
	if ((int64_t)now < c->not_before || (int64_t)now > c->not_after)
		return out_of_time;
	if ((c->key_usage & use) == 0)
		return use == KEY_USAGE_SIGN ? "may not sign: its key usage lacks digitalSignature" :
					       may_not_issue;
	if (c->unknown_critical)
		return "has a critical extension that is not known (extendedKeyUsage?)";
	return NULL;
}

static enum status fail_certificate(struct failure *f, enum status status,
				    const struct certificate *c, const char *what, uint64_t now)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "the certificate of ");
	put_name(t, c);
	text_char(t, ' ');
	text_put(t, what);
	if (what != out_of_time)
		return failure_end(f, "sign with a key whose certificate this machine trusts");
	text_time(t, (int64_t)now);
	text_put(t, ", this machine's time, but from ");
	text_time(t, c->not_before);
	text_put(t, " to ");
	text_time(t, c->not_after);
	return failure_end(f, "set the clock if that is wrong; else sign with a current certificate");
}

/* One of the chain: what it may not do, or that it is revoked. */
static enum status judge(const struct trust_store *ts, const struct certificate *c,
			 const char *what, uint64_t now, struct failure *f)
{
	if (what != NULL)
		return fail_certificate(f, STATUS_BAD_CHAIN, c, what, now);
	if (revoked(ts, REVOCATION_KIND_CERTIFICATE, c->der))
		return fail_certificate(f, STATUS_REVOKED, c, "is revoked", now);
	return STATUS_OK;
}

/* Whether the anchor vouches for `c`: for itself alone, where it may not issue others. */
static bool vouches(const struct certificate *anchor, const struct certificate *c, bool signer)
{
	if (!anchor->authority)
		return signer && bytes_equal(anchor->der, c->der);
	return bytes_equal(anchor->subject, c->issuer) &&
	       rsa_verify(&anchor->key, c->digest, c->body, c->signature);
}

static void take_note(struct signer *who, const struct certificate *c)
{
	who->development |= c->development;
	if (c->not_before > who->valid_from)
		who->valid_from = c->not_before;
}

/* From the signer's certificate to an anchor; `who` begins empty and gets what their chain says. */
static enum status walk(const struct trust_store *ts, const struct cms *cms, uint64_t now,
			struct signer *who, struct failure *f)
{
	for (size_t i = 0;; i++) {
		const struct certificate *const c = &cms->certificate[i];
		const char *what = certificate_fault(c, i == 0 ? KEY_USAGE_SIGN : KEY_USAGE_ISSUE, now);
		bool found = false;

		if (what == NULL && i > 0 && (!c->authority || c->path_length < i - 1))
			what = may_not_issue;
		enum status status = judge(ts, c, what, now, f);
		if (status != STATUS_OK)
			return status;
		take_note(who, c);
		for (size_t j = 0; j < ts->count; j++) {
			const struct certificate *const anchor = &ts->anchor[j];

			if (!vouches(anchor, c, i == 0))
				continue;
			what = certificate_fault(anchor,
						 anchor->authority ? KEY_USAGE_ISSUE : KEY_USAGE_SIGN,
						 now);
			if (what == NULL && anchor->path_length < i)
				what = may_not_issue;
			/* Another one, made anew with the same key, may be better. */
			found = true;
			status = judge(ts, anchor, what, now, f);
			if (status != STATUS_OK)
				continue;
			take_note(who, anchor);
			if (i + 1 < cms->certificate_count)
				return fail_certificate(f, STATUS_BAD_CHAIN, &c[1],
							"is behind the last one that leads to a trust anchor",
							now);
			return STATUS_OK;
		}
		if (i + 1 == cms->certificate_count)
			return found ? status :
				       fail_certificate(f, STATUS_BAD_CHAIN, c,
							"leads to no trust anchor of this machine", now);
		if (!bytes_equal(c[1].subject, c->issuer))
			return fail_certificate(f, STATUS_BAD_CHAIN, c,
						"was not issued by the one that follows it", now);
		if (!rsa_verify(&c[1].key, c->digest, c->body, c->signature))
			return fail_certificate(f, STATUS_BAD_CHAIN, c,
						"is not signed by the one that follows it", now);
	}
}

/* --- Signatures --------------------------------------------------------------------------------- */

enum status trust_verify(const struct trust_store *ts, const struct cms *cms, struct bytes message,
			 const char *message_name, uint64_t now, struct signer *who,
			 struct failure *f)
{
	const struct certificate *const leaf = &cms->certificate[0];
	struct text name;
	enum status status;

	who->development = false;
	who->valid_from = 0;
	status = walk(ts, cms, now, who, f);
	if (status != STATUS_OK)
		return status;
	if (who->development && !ts->development) {
		fail_certificate(f, STATUS_DEVELOPMENT_KEY, leaf, "is a development key's", now);
		return failure_end(f, "sign with a key that is none; a machine for trials may have "
				      "\"development: accept\" in its trust store");
	}
	text_init(&name, who->name, sizeof(who->name));
	put_name(&name, leaf);
	if (!rsa_verify(&leaf->key, RSA_DIGEST_SHA256, message, cms->signature)) {
		struct text *t = failure_begin(f, STATUS_BAD_SIGNATURE);

		text_put(t, "the signature of ");
		text_put(t, who->name);
		text_put(t, " is not over ");
		text_put(t, message_name);
		return failure_end(f, "it or its signature was changed: fetch it again");
	}
	sha256_digest(who->fingerprint, leaf->der.data, leaf->der.size, 0);
	who->key = leaf->key_info;
	return STATUS_OK;
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
		if (trust_verify(ts, &cms, seal, "this seal.bin", now, signer,
				 i == 0 ? f : &other) != STATUS_OK)
			continue;
		for (size_t j = 0; j < who->count; j++)
			again |= bytes_equal(who->signer[j].key, signer->key);
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
