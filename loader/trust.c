/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <bearssl.h>

#include "memory.h"
#include "sha256.h"
#include "cms.h"

/* RSA-2048 to RSA-4096; the upper bound is also BearSSL's (BR_MAX_RSA_SIZE). */
enum { MODULUS_MIN = 2048 / 8, MODULUS_MAX = 4096 / 8, NAME_BYTES = 128 };

/*
 * BearSSL's contexts are too large for our stack frames and are needed one after the other.
 * Written by trust_parse() and bundle_verify(), which are therefore not to run at the same time.
 */
static union {
	struct {
		br_pem_decoder_context pem;
		br_x509_decoder_context decoder;
		struct sha256 fingerprint;
		uint8_t dn[1024];
		size_t dn_size; /* may say more than fits */
	} anchor;
	br_x509_minimal_context chain;
} work;

static const char make_anchors[] =
	"put the PEM certificates of those who may sign for this machine there";

static enum status fail_anchor(struct failure *f, const char *path, size_t number, const char *what)
{
	struct text *t = failure_begin(f, STATUS_NO_TRUST);

	text_put(t, "certificate ");
	text_decimal(t, number);
	text_put(t, " of ");
	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	text_put(t, what);
	return failure_end(f, make_anchors);
}

static void collect_dn(void *context, const void *bytes, size_t size)
{
	const size_t at = work.anchor.dn_size;

	(void)context;
	work.anchor.dn_size += size;
	if (work.anchor.dn_size <= sizeof(work.anchor.dn))
		mem_copy(work.anchor.dn + at, bytes, size);
}

static void anchor_begin(void)
{
	work.anchor.dn_size = 0;
	br_x509_decoder_init(&work.anchor.decoder, collect_dn, NULL);
	sha256_init(&work.anchor.fingerprint, 0);
}

static void anchor_append(void *context, const void *bytes, size_t size)
{
	(void)context;
	/* After an error it would go on where it stopped, with what it had just refused. */
	if (work.anchor.decoder.err == 0)
		br_x509_decoder_push(&work.anchor.decoder, bytes, size);
	sha256_update(&work.anchor.fingerprint, bytes, size);
}

/* BearSSL counts days from the first of January of the year 0; so many of them before 1970. */
enum { DAYS_BEFORE_1970 = 719528, DAY_SECONDS = 86400 };

static int64_t seconds_of(uint32_t days, uint32_t seconds)
{
	return ((int64_t)days - DAYS_BEFORE_1970) * DAY_SECONDS + seconds;
}

static const uint8_t *keep(struct trust_store *ts, const uint8_t *bytes, size_t size)
{
	uint8_t *const place = ts->bytes + ts->used;

	mem_copy(place, bytes, size);
	ts->used += size;
	return place;
}

/* The certificate is in: becomes the store's next anchor. */
static enum status anchor_end(struct trust_store *ts, const char *path, struct failure *f)
{
	const size_t number = ts->count + 1;
	struct trust_anchor *anchor;
	const br_x509_pkey *key;

	if (br_x509_decoder_last_error(&work.anchor.decoder) != 0 ||
	    work.anchor.dn_size > sizeof(work.anchor.dn))
		return fail_anchor(f, path, number, "is damaged, or of a form that is not known");
	key = br_x509_decoder_get_pkey(&work.anchor.decoder);
	if (key->key_type != BR_KEYTYPE_RSA)
		return fail_anchor(f, path, number, "has a key that is not RSA");
	if (key->key.rsa.nlen < MODULUS_MIN || key->key.rsa.nlen > MODULUS_MAX)
		return fail_anchor(f, path, number, "has an RSA key outside of 2048 to 4096 bits");
	if (ts->count == TRUST_ANCHORS_MAX)
		return fail_anchor(f, path, number, "is one more than the 16 that there may be");
	if (work.anchor.dn_size + key->key.rsa.nlen + key->key.rsa.elen >
	    sizeof(ts->bytes) - ts->used)
		return fail_anchor(f, path, number, "does not fit beside the others");

	anchor = &ts->anchor[ts->count++];
	anchor->dn = keep(ts, work.anchor.dn, work.anchor.dn_size);
	anchor->dn_size = work.anchor.dn_size;
	anchor->modulus = keep(ts, key->key.rsa.n, key->key.rsa.nlen);
	anchor->modulus_size = key->key.rsa.nlen;
	anchor->exponent = keep(ts, key->key.rsa.e, key->key.rsa.elen);
	anchor->exponent_size = key->key.rsa.elen;
	anchor->ca = br_x509_decoder_isCA(&work.anchor.decoder) != 0;
	/* Of the decoder's own fields: version 0.6 has no function for them. */
	anchor->not_before = seconds_of(work.anchor.decoder.notbefore_days,
					work.anchor.decoder.notbefore_seconds);
	anchor->not_after = seconds_of(work.anchor.decoder.notafter_days,
				       work.anchor.decoder.notafter_seconds);
	sha256_final(&work.anchor.fingerprint, anchor->fingerprint);
	return STATUS_OK;
}

/* Gives the decoder some more of the file. `inside`: between a BEGIN line and its END line. */
static enum status push_pem(const uint8_t *bytes, size_t size, bool *inside, const char *path,
			    struct trust_store *ts, struct failure *f)
{
	br_pem_decoder_context *const pem = &work.anchor.pem;

	while (size > 0) {
		const size_t taken = br_pem_decoder_push(pem, bytes, size);
		enum status status = STATUS_OK;

		bytes += taken;
		size -= taken;
		switch (br_pem_decoder_event(pem)) {
		case BR_PEM_BEGIN_OBJ:
			if (!str_equal(br_pem_decoder_name(pem), "CERTIFICATE"))
				return fail_anchor(f, path, ts->count + 1, "is something else");
			*inside = true;
			anchor_begin();
			br_pem_decoder_setdest(pem, anchor_append, NULL);
			break;
		case BR_PEM_END_OBJ:
			*inside = false;
			status = anchor_end(ts, path, f);
			break;
		case BR_PEM_ERROR:
			return fail_anchor(f, path, ts->count + 1, "is damaged");
		default:
			break;
		}
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status parse_pem(const uint8_t *file, size_t size, const char *path,
			     struct trust_store *ts, struct failure *f)
{
	enum status status;
	bool inside = false;

	br_pem_decoder_init(&work.anchor.pem);
	while (size > 0) {
		size_t n = 0;

		/* A carriage return at the end of a BEGIN line would become a part of its name. */
		while (n < size && file[n] != '\r')
			n++;
		status = push_pem(file, n, &inside, path, ts, f);
		if (status != STATUS_OK)
			return status;
		n += n < size ? 1 : 0;
		file += n;
		size -= n;
	}
	/* An END line is known as one by its newline, which the last may lack. */
	status = push_pem((const uint8_t *)"\n", 1, &inside, path, ts, f);
	if (status == STATUS_OK && inside)
		status = fail_anchor(f, path, ts->count + 1, "has no end");
	return status;
}

enum status trust_parse(const uint8_t *file, size_t size, const char *path, struct trust_store *ts,
			struct failure *f)
{
	enum status status;

	ts->count = 0;
	ts->used = 0;
	if (size > 0 && file[0] == 0x30) {
		/* A SEQUENCE: one certificate in DER. Text begins with other letters. */
		anchor_begin();
		anchor_append(NULL, file, size);
		status = anchor_end(ts, path, f);
	} else {
		status = parse_pem(file, size, path, ts, f);
	}
	if (status == STATUS_OK && ts->count == 0) {
		struct text *t = failure_begin(f, STATUS_NO_TRUST);

		text_outside(t, path, str_length(path));
		text_put(t, " holds no certificate");
		status = failure_end(f, make_anchors);
	}
	if (status != STATUS_OK)
		ts->count = 0;
	return status;
}

enum status trust_open(const struct root *root, const char *path, struct trust_store *ts,
		       struct failure *f)
{
	static uint8_t file[TRUST_FILE_MAX];
	size_t size;
	const long error = file_read(root, path, file, sizeof(file), &size);

	ts->count = 0;
	if (error < 0)
		return fail_file(f, STATUS_NO_TRUST, "cannot read the trust anchors in", path, error,
				 make_anchors);
	return trust_parse(file, size, path, ts, f);
}

/* `error` is one of BearSSL's, or CHAIN_NEEDLESS. */
enum { CHAIN_NEEDLESS = 1000 };

static enum status fail_chain(struct failure *f, unsigned int error, uint64_t now)
{
	static const char sign_again[] = "sign the bundle with a certificate that this machine trusts";
	struct text *t = failure_begin(f, STATUS_BAD_CHAIN);
	const char *hint = sign_again;

	text_put(t, "the signer's certificate is not trusted: ");
	switch (error) {
	case BR_ERR_X509_EXPIRED:
		text_put(t, "it, or one above it, is not valid at ");
		text_time(t, (int64_t)now);
		text_put(t, ", which is this machine's time");
		hint = "set the clock if that is wrong; else sign the bundle with a current certificate";
		break;
	case BR_ERR_X509_NOT_TRUSTED:
		text_put(t, "no trust anchor of this machine that is valid at ");
		text_time(t, (int64_t)now);
		text_put(t, " issued it or one above it");
		hint = "add the issuer's certificate to the trust anchors, if it is to be trusted, "
		       "and look whether the bundle carries the certificates in between";
		break;
	case BR_ERR_X509_BAD_SIGNATURE:
		text_put(t, "a certificate is not signed by the one that follows it");
		break;
	case BR_ERR_X509_DN_MISMATCH:
		text_put(t, "a certificate was not issued by the one that follows it");
		break;
	case BR_ERR_X509_NOT_CA:
		text_put(t, "a certificate above it may not issue others");
		break;
	case BR_ERR_X509_FORBIDDEN_KEY_USAGE:
		text_put(t, "its key usage does not allow that");
		break;
	case BR_ERR_X509_WEAK_PUBLIC_KEY:
		text_put(t, "it, or one above it, has an RSA key of less than 2048 bits");
		break;
	case CHAIN_NEEDLESS:
		text_put(t, "certificates follow behind the last one that leads to a trust anchor");
		hint = "sign the bundle without the root's certificate";
		break;
	case BR_ERR_X509_CRITICAL_EXTENSION:
		text_put(t, "it, or one above it, has a critical extension that is not known");
		hint = "issue the certificate with that extension (often extendedKeyUsage) not critical";
		break;
	case BR_ERR_X509_UNSUPPORTED:
	case BR_ERR_X509_LIMIT_EXCEEDED:
	case BR_ERR_X509_WRONG_KEY_TYPE:
		text_put(t, "it, or one above it, uses something else than RSA of 2048 to 4096 bits "
			    "with SHA-256, SHA-384 or SHA-512");
		break;
	default:
		text_put(t, "it, or one above it, is malformed (X.509 error ");
		text_decimal(t, error);
		text_char(t, ')');
		break;
	}
	return failure_end(f, hint);
}

/*
 * Which anchors count for this signer at this time. One that may not issue others is only good for
 * itself: BearSSL would take any certificate of its name and key, with dates of the holder's choice.
 */
static size_t choose_anchors(const struct trust_store *ts, const uint8_t leaf[32], uint64_t now,
			     br_x509_trust_anchor chosen[TRUST_ANCHORS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < ts->count; i++) {
		const struct trust_anchor *from = &ts->anchor[i];
		br_x509_trust_anchor *to = &chosen[count];

		if (!from->ca && !mem_equal(from->fingerprint, leaf, 32))
			continue;
		if ((int64_t)now < from->not_before || (int64_t)now > from->not_after)
			continue;
		/* BearSSL's types lack const; it does not write to them. */
		to->dn.data = (unsigned char *)(uintptr_t)from->dn;
		to->dn.len = from->dn_size;
		to->flags = from->ca ? BR_X509_TA_CA : 0;
		to->pkey.key_type = BR_KEYTYPE_RSA;
		to->pkey.key.rsa.n = (unsigned char *)(uintptr_t)from->modulus;
		to->pkey.key.rsa.nlen = from->modulus_size;
		to->pkey.key.rsa.e = (unsigned char *)(uintptr_t)from->exponent;
		to->pkey.key.rsa.elen = from->exponent_size;
		count++;
	}
	return count;
}

static bool contains(struct cms_bytes source, const char *s)
{
	const size_t length = str_length(s);

	for (size_t i = 0; i + length <= source.size; i++)
		if (mem_equal(source.data + i, s, length))
			return true;
	return false;
}

/* After STATUS_OK the signer's key is in work.chain. */
static enum status verify_chain(const struct cms *cms, const struct trust_store *ts, uint64_t now,
				struct signer *who, struct failure *f)
{
	/* id-at-commonName and id-at-organizationName (X.520), as BearSSL takes them: length first. */
	static const uint8_t common_name[] = { 3, 0x55, 4, 3 };
	static const uint8_t organization[] = { 3, 0x55, 4, 10 };
	char name[2][NAME_BYTES];
	br_name_element wanted[2] = {
		{ common_name, name[0], sizeof(name[0]), 0 },
		{ organization, name[1], sizeof(name[1]), 0 },
	};
	static br_x509_trust_anchor anchors[TRUST_ANCHORS_MAX];
	br_x509_minimal_context *const chain = &work.chain;
	struct text text;
	unsigned int error;

	sha256_digest(who->fingerprint, cms->certificate[0].data, cms->certificate[0].size, 0);
	br_x509_minimal_init(chain, &br_sha256_vtable, anchors,
			     choose_anchors(ts, who->fingerprint, now, anchors));
	br_x509_minimal_set_rsa(chain, br_rsa_i31_pkcs1_vrfy);
	br_x509_minimal_set_hash(chain, br_sha256_ID, &br_sha256_vtable);
	br_x509_minimal_set_hash(chain, br_sha384_ID, &br_sha384_vtable);
	br_x509_minimal_set_hash(chain, br_sha512_ID, &br_sha512_vtable);
	br_x509_minimal_set_minrsa(chain, MODULUS_MIN);
	br_x509_minimal_set_name_elements(chain, wanted, 2);
	br_x509_minimal_set_time(chain, (uint32_t)(now / DAY_SECONDS) + DAYS_BEFORE_1970,
				 (uint32_t)(now % DAY_SECONDS));

	chain->vtable->start_chain(&chain->vtable, NULL);
	for (size_t i = 0; i < cms->certificate_count; i++) {
		chain->vtable->start_cert(&chain->vtable, (uint32_t)cms->certificate[i].size);
		chain->vtable->append(&chain->vtable, cms->certificate[i].data,
				      cms->certificate[i].size);
		chain->vtable->end_cert(&chain->vtable);
		/* There is a key as soon as the chain has reached an anchor; BearSSL ignores the rest. */
		if (i + 1 < cms->certificate_count &&
		    chain->vtable->get_pkey(&chain->vtable, NULL) != NULL)
			return fail_chain(f, CHAIN_NEEDLESS, now);
	}
	error = chain->vtable->end_chain(&chain->vtable);
	chain->trust_anchors = NULL; /* they end with this function; the key stays */
	if (error != 0)
		return fail_chain(f, error, now);

	text_init(&text, who->name, sizeof(who->name));
	for (size_t i = 0; i < 2 && text.used == 0; i++)
		if (wanted[i].status == 1)
			text_outside(&text, name[i], str_length(name[i]));
	if (text.used == 0)
		text_put(&text, "(without a name)");
	/* A certificate repeats its issuer's name, so this sees the anchor too. */
	who->development = false;
	for (size_t i = 0; i < cms->certificate_count; i++)
		if (contains(cms->certificate[i], TRUST_DEVELOPMENT))
			who->development = true;
	return STATUS_OK;
}

enum status bundle_verify(const struct bundle *b, const struct trust_store *ts, uint64_t now,
			  struct signer *who, struct failure *f)
{
	const struct bundle_member *seal = &b->member[BUNDLE_SEAL];
	const struct bundle_member *signature = &b->member[BUNDLE_SIGNATURE];
	const br_x509_pkey *key;
	unsigned int usages = 0;
	uint8_t signed_digest[SHA256_DIGEST_BYTES];
	uint8_t digest[SHA256_DIGEST_BYTES];
	enum status status;
	struct cms cms;

	status = cms_parse(&cms, signature->data, signature->size, f);
	if (status != STATUS_OK)
		return status;
	/* Year 9999, the last one that a certificate can name. */
	if (now > UINT64_C(253402300799))
		return fail_chain(f, BR_ERR_X509_EXPIRED, now);
	status = verify_chain(&cms, ts, now, who, f);
	if (status != STATUS_OK)
		return status;
	key = work.chain.vtable->get_pkey(&work.chain.vtable, &usages);
	if (key == NULL || key->key_type != BR_KEYTYPE_RSA || key->key.rsa.nlen > MODULUS_MAX)
		return fail_chain(f, BR_ERR_X509_WRONG_KEY_TYPE, now);
	if ((usages & BR_KEYTYPE_SIGN) == 0)
		return fail_chain(f, BR_ERR_X509_FORBIDDEN_KEY_USAGE, now);

	sha256_digest(digest, seal->data, seal->size, 0);
	if (br_rsa_i31_pkcs1_vrfy(cms.signature.data, cms.signature.size, BR_HASH_OID_SHA256,
				  sizeof(signed_digest), &key->key.rsa, signed_digest) != 1 ||
	    !mem_equal(digest, signed_digest, sizeof(digest))) {
		struct text *t = failure_begin(f, STATUS_BAD_SIGNATURE);

		text_put(t, "the signature of ");
		text_put(t, who->name);
		text_put(t, " is not over this seal.bin");
		return failure_end(f, "seal.bin or its signature was changed: fetch the bundle again");
	}
	return STATUS_OK;
}
