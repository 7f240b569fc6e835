/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cms.h"

/*
 * Whole elements that have one form only. The algorithms carry an explicit NULL, as RFC 3370
 * (3.2: rsaEncryption) demands and, for SHA-256, RFC 5754 (2) lets a writer choose.
 */
static const uint8_t oid_signed_data[] = { DER_OBJECT_ID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					   1,		  7, 2 };
static const uint8_t content_data[] = { DER_SEQUENCE, 11,   DER_OBJECT_ID, 9, 0x2a, 0x86, 0x48,
					0x86,	      0xf7, 0x0d,	   1, 7,    1 };
static const uint8_t version_1[] = { DER_INTEGER, 1, 1 };
static const uint8_t algorithm_sha256[] = { DER_SEQUENCE, 13, DER_OBJECT_ID, 9, 0x60, 0x86, 0x48, 1,
					    0x65,	  3,  4,	     2, 1,    0x05, 0 };
static const uint8_t algorithm_rsa[] = { DER_SEQUENCE, 13,   DER_OBJECT_ID, 9, 0x2a, 0x86, 0x48, 0x86,
					 0xf7,	       0x0d, 1,		    1, 1,    0x05, 0 };

/* Returns what is wrong, or NULL. *malformed is the part of a certificate that is. */
static const char *parse(struct cms *cms, struct bytes source, const char **malformed)
{
	struct bytes content_info, explicit, data, digests, certificates, signers, signer, id, issuer,
		serial;

	if (!der_take(&source, DER_SEQUENCE, &content_info))
		return "it is not DER, or its length is wrong";
	if (source.size != 0)
		return "there is something after it";
	if (!der_take_bytes(&content_info, oid_signed_data, sizeof(oid_signed_data)))
		return "it is not SignedData";
	if (!der_take(&content_info, DER_CONTEXT_0, &explicit) || content_info.size != 0 ||
	    !der_take(&explicit, DER_SEQUENCE, &data) || explicit.size != 0)
		return "SignedData has a wrong frame";
	if (!der_take_bytes(&data, version_1, sizeof(version_1)))
		return "its version is not 1";
	if (!der_take(&data, DER_SET, &digests) ||
	    !der_take_bytes(&digests, algorithm_sha256, sizeof(algorithm_sha256)) ||
	    digests.size != 0)
		return "its digest algorithms are not SHA-256 alone";
	if (!der_take_bytes(&data, content_data, sizeof(content_data)))
		return "it is not detached, or not over plain data";
	if (!der_take(&data, DER_CONTEXT_0, &certificates) || certificates.size == 0)
		return "there are no certificates";
	while (certificates.size > 0) {
		if (cms->certificate_count == CMS_CERTIFICATES_MAX)
			return "more than 8 certificates";
		*malformed = certificate_take(&cms->certificate[cms->certificate_count],
					      &certificates);
		if (*malformed != NULL)
			return "a certificate is malformed: ";
		cms->certificate_count++;
	}
	if (!der_take(&data, DER_SET, &signers) || data.size != 0)
		return "there are revocation lists, or no signers";
	if (!der_take(&signers, DER_SEQUENCE, &signer))
		return "there is no signer";
	if (signers.size != 0)
		return "there is more than one signer";
	if (!der_take_bytes(&signer, version_1, sizeof(version_1)))
		return "the signer's version is not 1";
	if (!der_take(&signer, DER_SEQUENCE, &id) || !der_take_whole(&id, DER_SEQUENCE, &issuer) ||
	    !der_take_whole(&id, DER_INTEGER, &serial) || id.size != 0)
		return "the signer is not named by issuer and serial number";
	if (!bytes_equal(issuer, cms->certificate[0].issuer) ||
	    !bytes_equal(serial, cms->certificate[0].serial))
		return "the first certificate is not the signer's";
	if (!der_take_bytes(&signer, algorithm_sha256, sizeof(algorithm_sha256)))
		return "the signer's digest is not SHA-256";
	if (signer.size > 0 && signer.data[0] == DER_CONTEXT_0)
		return "there are signed attributes";
	if (!der_take_bytes(&signer, algorithm_rsa, sizeof(algorithm_rsa)))
		return "the signature's algorithm is not RSA";
	if (!der_take(&signer, DER_OCTET_STRING, &cms->signature))
		return "there is no signature value";
	return signer.size != 0 ? "there is something after the signature value" : NULL;
}

enum status cms_parse(struct cms *cms, const char *name, struct bytes file, struct failure *f)
{
	const char *malformed = NULL;

	cms->certificate_count = 0;
	const char *const why = parse(cms, file, &malformed);
	if (why == NULL)
		return STATUS_OK;
	struct text *t = failure_begin(f, STATUS_BAD_SIGNATURE);
	text_put(t, name);
	text_put(t, " is not of the one form that is accepted: ");
	text_put(t, why);
	if (malformed != NULL)
		text_put(t, malformed);
	return failure_end(f, "sign with crashseal");
}
