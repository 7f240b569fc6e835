/* SPDX-License-Identifier: Apache-2.0 */
#include "cms.h"

#include "memory.h"

/* ITU-T X.690. Every tag here has a number below 31, so a tag is one byte. */
enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0, /* constructed */
};

/* What is left of the element that is being read. */
struct der {
	const uint8_t *p;
	size_t left;
};

struct element {
	const uint8_t *whole; /* from its tag on */
	size_t whole_size;
	struct der content;
};

/*
 * Takes the next element if its tag is `tag` and its length is in the shortest form and inside.
 * Elements of more than 64 KiB are refused: a signature file has none (BUNDLE_SIGNATURE_MAX).
 */
static bool take(struct der *from, uint8_t tag, struct element *e)
{
	size_t head = 2;
	size_t size;

	if (from->left < 2 || from->p[0] != tag)
		return false;
	size = from->p[1];
	if (size == 0x81) {
		if (from->left < 3 || from->p[2] < 0x80)
			return false;
		size = from->p[2];
		head = 3;
	} else if (size == 0x82) {
		if (from->left < 4 || from->p[2] == 0)
			return false;
		size = (size_t)from->p[2] << 8 | from->p[3];
		head = 4;
	} else if (size >= 0x80) {
		return false;
	}
	if (size > from->left - head)
		return false;
	e->whole = from->p;
	e->whole_size = head + size;
	e->content.p = from->p + head;
	e->content.left = size;
	from->p += head + size;
	from->left -= head + size;
	return true;
}

/* Takes exactly these bytes. */
static bool take_bytes(struct der *from, const uint8_t *bytes, size_t size)
{
	if (from->left < size || !mem_equal(from->p, bytes, size))
		return false;
	from->p += size;
	from->left -= size;
	return true;
}

/*
 * Whole elements that have one form only. The algorithms carry an explicit NULL, as RFC 3370
 * (3.2: rsaEncryption) demands and, for SHA-256, RFC 5754 (2) lets a writer choose.
 */
static const uint8_t oid_signed_data[] = { DER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 };
static const uint8_t content_data[] = { DER_SEQUENCE, 11, DER_OID, 9,  0x2a, 0x86, 0x48,
					0x86,	      0xf7, 0x0d,   1, 7,    1 };
static const uint8_t x509_version_3[] = { DER_CONTEXT_0, 3, DER_INTEGER, 1, 2 };
static const uint8_t version_1[] = { DER_INTEGER, 1, 1 };
static const uint8_t algorithm_sha256[] = { DER_SEQUENCE, 13, DER_OID, 9, 0x60, 0x86, 0x48, 1,
					    0x65,	  3,  4,       2, 1,	0x05, 0 };
static const uint8_t algorithm_rsa[] = { DER_SEQUENCE, 13,   DER_OID, 9, 0x2a, 0x86, 0x48, 0x86,
					 0xf7,	       0x0d, 1,	      1, 1,    0x05, 0 };

static enum status malformed(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_SIGNATURE);

	text_put(t, "seal.p7s is not of the one form that is accepted: ");
	text_put(t, what);
	return failure_end(f, "sign the bundle with crashseal");
}

static bool same(const struct element *a, const struct element *b)
{
	return a->whole_size == b->whole_size && mem_equal(a->whole, b->whole, a->whole_size);
}

/*
 * The frame of an X.509 certificate (RFC 5280, 4.1), with the serial number and issuer that
 * SignerInfo repeats. The signature's algorithm stands outside of what is signed and must equal the
 * one within (4.1.1.2); the chain's verification does not look. It reads all the rest.
 */
static bool certificate_frame(struct der content, struct element *serial, struct element *issuer)
{
	struct element tbs, algorithm, outer_algorithm, signature;

	return take(&content, DER_SEQUENCE, &tbs) &&
	       take(&content, DER_SEQUENCE, &outer_algorithm) &&
	       take(&content, DER_BIT_STRING, &signature) && content.left == 0 &&
	       take_bytes(&tbs.content, x509_version_3, sizeof(x509_version_3)) &&
	       take(&tbs.content, DER_INTEGER, serial) &&
	       take(&tbs.content, DER_SEQUENCE, &algorithm) &&
	       take(&tbs.content, DER_SEQUENCE, issuer) && same(&algorithm, &outer_algorithm);
}

/* After STATUS_OK, `serial` and `issuer` are the first certificate's. */
static enum status parse_certificates(struct cms *cms, struct der *list, struct element *serial,
				      struct element *issuer, struct failure *f)
{
	struct element certificate, other_serial, other_issuer;

	while (list->left > 0) {
		const bool first = cms->certificate_count == 0;

		if (!take(list, DER_SEQUENCE, &certificate) ||
		    !certificate_frame(certificate.content, first ? serial : &other_serial,
				       first ? issuer : &other_issuer))
			return malformed(f, "a certificate has a wrong frame");
		if (cms->certificate_count == CMS_CERTIFICATES_MAX)
			return malformed(f, "more than 8 certificates");
		cms->certificate[cms->certificate_count].data = certificate.whole;
		cms->certificate[cms->certificate_count].size = certificate.whole_size;
		cms->certificate_count++;
	}
	if (cms->certificate_count == 0)
		return malformed(f, "no certificate");
	return STATUS_OK;
}

static enum status parse_signer(struct cms *cms, struct der *signer,
				const struct element *certificate_serial,
				const struct element *certificate_issuer, struct failure *f)
{
	struct element id, issuer, serial, signature;

	if (!take_bytes(signer, version_1, sizeof(version_1)))
		return malformed(f, "the signer's version is not 1");
	if (!take(signer, DER_SEQUENCE, &id) || !take(&id.content, DER_SEQUENCE, &issuer) ||
	    !take(&id.content, DER_INTEGER, &serial) || id.content.left != 0)
		return malformed(f, "the signer is not named by issuer and serial number");
	if (!same(&issuer, certificate_issuer) || !same(&serial, certificate_serial))
		return malformed(f, "the first certificate is not the signer's");
	if (!take_bytes(signer, algorithm_sha256, sizeof(algorithm_sha256)))
		return malformed(f, "the signer's digest is not SHA-256");
	if (signer->left > 0 && signer->p[0] == DER_CONTEXT_0)
		return malformed(f, "there are signed attributes");
	if (!take_bytes(signer, algorithm_rsa, sizeof(algorithm_rsa)))
		return malformed(f, "the signature's algorithm is not RSA");
	if (!take(signer, DER_OCTET_STRING, &signature))
		return malformed(f, "there is no signature value");
	if (signer->left != 0)
		return malformed(f, "there is something behind the signature value");
	cms->signature.data = signature.content.p;
	cms->signature.size = signature.content.left;
	return STATUS_OK;
}

enum status cms_parse(struct cms *cms, const uint8_t *der, size_t size, struct failure *f)
{
	struct der source = { der, size };
	struct element content_info, explicit, data, digests, certificates, signers, signer;
	struct element serial, issuer;
	enum status status;

	cms->certificate_count = 0;
	if (!take(&source, DER_SEQUENCE, &content_info))
		return malformed(f, "it is not DER, or its length is wrong");
	if (source.left != 0)
		return malformed(f, "there is something behind it");
	if (!take_bytes(&content_info.content, oid_signed_data, sizeof(oid_signed_data)))
		return malformed(f, "it is not SignedData");
	if (!take(&content_info.content, DER_CONTEXT_0, &explicit) ||
	    content_info.content.left != 0 || !take(&explicit.content, DER_SEQUENCE, &data) ||
	    explicit.content.left != 0)
		return malformed(f, "SignedData has a wrong frame");
	if (!take_bytes(&data.content, version_1, sizeof(version_1)))
		return malformed(f, "its version is not 1");
	if (!take(&data.content, DER_SET, &digests) ||
	    !take_bytes(&digests.content, algorithm_sha256, sizeof(algorithm_sha256)) ||
	    digests.content.left != 0)
		return malformed(f, "its digest algorithms are not SHA-256 alone");
	if (!take_bytes(&data.content, content_data, sizeof(content_data)))
		return malformed(f, "it is not detached, or not over plain data");
	if (!take(&data.content, DER_CONTEXT_0, &certificates))
		return malformed(f, "there are no certificates");
	status = parse_certificates(cms, &certificates.content, &serial, &issuer, f);
	if (status != STATUS_OK)
		return status;
	if (!take(&data.content, DER_SET, &signers) || data.content.left != 0)
		return malformed(f, "there are revocation lists, or no signers");
	if (!take(&signers.content, DER_SEQUENCE, &signer))
		return malformed(f, "there is no signer");
	if (signers.content.left != 0)
		return malformed(f, "there is more than one signer");
	return parse_signer(cms, &signer.content, &serial, &issuer, f);
}
