/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/chain.h"

#include "sha256.h"
#include "trust/revoke.h"

static void put_name(struct text *t, const struct certificate *c)
{
	if (c->name.size > 0)
		text_outside(t, c->name.data, c->name.size);
	else
		text_put(t, "(no name)");
}

/* What a certificate cannot do; its words follow "the certificate of NAME". */
static enum detail certificate_fault(const struct certificate *c, enum role role,
				     enum key_usage use, uint64_t now)
{
	const enum purpose purpose = role == ROLE_SEALER   ? PURPOSE_SEAL :
				     use == KEY_USAGE_SIGN ? PURPOSE_ATTEST :
							     PURPOSE_ISSUE_TESTERS;

	if (!rsa_key_allowed(&c->key))
		return DETAIL_KEY_NOT_ALLOWED;
	if ((int64_t)now < c->not_before || (int64_t)now > c->not_after)
		return DETAIL_NOT_VALID_NOW;
	if ((c->key_usage & use) == 0)
		return use == KEY_USAGE_SIGN ? DETAIL_MAY_NOT_SIGN :
					       DETAIL_MAY_NOT_ISSUE;
	if ((c->purposes & purpose) == 0)
		return role == ROLE_SEALER ? DETAIL_OTHER_PURPOSE : DETAIL_NOT_TESTER;
	if (c->unknown_critical)
		return DETAIL_UNKNOWN_EXTENSION;
	return DETAIL_NONE;
}

static enum status fail_certificate(struct failure *f, enum status status,
				    const struct certificate *c, enum detail what, uint64_t now)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "the certificate of ");
	put_name(t, c);
	text_char(t, ' ');
	text_put(t, what == DETAIL_NONE ? "is a development key's" : detail_words(what));
	failure_detail(f, what);
	if (what != DETAIL_NOT_VALID_NOW)
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
			 enum detail what, uint64_t now, struct failure *f)
{
	if (what != DETAIL_NONE)
		return fail_certificate(f, STATUS_BAD_CHAIN, c, what, now);
	if (revoked(ts, REVOCATION_KIND_CERTIFICATE, c->der))
		return fail_certificate(f, STATUS_REVOKED, c, DETAIL_CERTIFICATE_REVOKED, now);
	if (revoked(ts, REVOCATION_KIND_KEY, c->key_info))
		return fail_certificate(f, STATUS_REVOKED, c, DETAIL_KEY_REVOKED, now);
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
	if (c->not_after < who->valid_to)
		who->valid_to = c->not_after;
}

static bool is_anchor(const struct trust_store *ts, const struct certificate *c)
{
	for (size_t j = 0; j < ts->count; j++)
		if (bytes_equal(ts->anchor[j].der, c->der))
			return true;
	return false;
}

/* What one certificate of the chain may not do, `i` places above the signer's. */
static enum detail place_fault(const struct certificate *c, enum role role, size_t i, uint64_t now)
{
	const enum detail what = certificate_fault(c, role, i == 0 ? KEY_USAGE_SIGN : KEY_USAGE_ISSUE, now);

	return what == DETAIL_NONE && i > 0 && (!c->authority || c->path_length < i - 1) ? DETAIL_MAY_NOT_ISSUE : what;
}

/* The anchor that vouches for `c`, `i` places above the signer's, and may. */
static enum status find_anchor(const struct trust_store *ts, enum role role, const struct certificate *c,
			       size_t i, uint64_t now, const struct certificate **found, struct failure *f)
{
	enum status status = STATUS_BAD_CHAIN;
	bool any = false;

	for (size_t j = 0; j < ts->count; j++) {
		const struct certificate *const anchor = &ts->anchor[j];

		if (!vouches(anchor, c, i == 0))
			continue;
		enum detail what = certificate_fault(
			anchor, role, anchor->authority ? KEY_USAGE_ISSUE : KEY_USAGE_SIGN, now);
		if (what == DETAIL_NONE && anchor->path_length < i)
			what = DETAIL_MAY_NOT_ISSUE;
		/* Another one, made anew with the same key, may be better. */
		any = true;
		status = judge(ts, anchor, what, now, f);
		*found = anchor;
		if (status == STATUS_OK)
			return STATUS_OK;
	}
	return any ? status :
		     fail_certificate(f, STATUS_BAD_CHAIN, c,
				      DETAIL_NO_ANCHOR, now);
}

/*
 * From the signer's certificate to an anchor; `who` begins empty and gets what their chain says.
 * What costs little comes first. Then the walk is from the anchor down: no signature is checked with
 * a key that nobody vouched for, so a stranger's bundle costs one check for each anchor of its name.
 */
static enum status walk(const struct trust_store *ts, enum role role, const struct cms *cms,
			uint64_t now, struct signer *who, struct failure *f)
{
	const size_t last = cms->certificate_count - 1;
	const struct certificate *anchor = NULL, *lower;
	enum status status;

	for (size_t i = 0; i <= last; i++) {
		const struct certificate *const c = &cms->certificate[i];

		if (i > 0 && is_anchor(ts, c))
			return fail_certificate(f, STATUS_BAD_CHAIN, c, DETAIL_CERTIFICATE_NEEDLESS, now);
		status = judge(ts, c, place_fault(c, role, i, now), now, f);
		if (status != STATUS_OK)
			return status;
		if (i < last && !bytes_equal(c[1].subject, c->issuer))
			return fail_certificate(f, STATUS_BAD_CHAIN, c,
						DETAIL_NOT_ISSUED_BY_NEXT, now);
		take_note(who, c);
	}
	status = find_anchor(ts, role, &cms->certificate[last], last, now, &anchor, f);
	if (status != STATUS_OK)
		return status;
	take_note(who, anchor);
	for (size_t i = last; i-- > 0;) {
		const struct certificate *const c = &cms->certificate[i];

		if (!rsa_verify(&c[1].key, c->digest, c->body, c->signature))
			return fail_certificate(f, STATUS_BAD_CHAIN, c,
						DETAIL_NOT_SIGNED_BY_NEXT, now);
	}
	/* Nor is one sent along that is needless since an anchor has issued the one below. */
	for (size_t i = 0; i < last; i++)
		if (find_anchor(ts, role, &cms->certificate[i], i, now, &lower, f) == STATUS_OK)
			return fail_certificate(f, STATUS_BAD_CHAIN, &cms->certificate[i + 1], DETAIL_CERTIFICATE_NEEDLESS,
						now);
	return STATUS_OK;
}

enum status trust_verify(const struct trust_store *ts, enum role role, const struct cms *cms,
			 struct bytes message, const char *message_name, uint64_t now,
			 struct signer *who, struct failure *f)
{
	const struct certificate *const leaf = &cms->certificate[0];
	struct text name;
	enum status status;

	who->development = false;
	who->valid_from = 0;
	who->valid_to = INT64_MAX;
	status = walk(ts, role, cms, now, who, f);
	if (status != STATUS_OK)
		return status;
	if (who->development && !ts->development) {
		fail_certificate(f, STATUS_DEVELOPMENT_KEY, leaf, DETAIL_NONE, now);
		return failure_end(f, "sign with a release key; a test machine may have "
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
	who->modulus = leaf->key.modulus;
	return STATUS_OK;
}
