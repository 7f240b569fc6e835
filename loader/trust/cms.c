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

/* Returns what is wrong, if anything: for a certificate that is malformed, its part. */
static enum detail parse(struct cms *cms, struct bytes source)
{
	struct bytes content_info, explicit, data, digests, certificates, signers, signer, id, issuer,
		serial;

	if (!der_take(&source, DER_SEQUENCE, &content_info))
		return DETAIL_CMS_DER;
	if (source.size != 0)
		return DETAIL_CMS_MORE;
	if (!der_take_bytes(&content_info, oid_signed_data, sizeof(oid_signed_data)))
		return DETAIL_CMS_TYPE;
	if (!der_take(&content_info, DER_CONTEXT_0, &explicit) || content_info.size != 0 ||
	    !der_take(&explicit, DER_SEQUENCE, &data) || explicit.size != 0)
		return DETAIL_CMS_FRAME;
	if (!der_take_bytes(&data, version_1, sizeof(version_1)))
		return DETAIL_CMS_VERSION;
	if (!der_take(&data, DER_SET, &digests) ||
	    !der_take_bytes(&digests, algorithm_sha256, sizeof(algorithm_sha256)) ||
	    digests.size != 0)
		return DETAIL_CMS_DIGESTS;
	if (!der_take_bytes(&data, content_data, sizeof(content_data)))
		return DETAIL_CMS_CONTENT;
	if (!der_take(&data, DER_CONTEXT_0, &certificates) || certificates.size == 0)
		return DETAIL_CMS_NO_CERTIFICATES;
	while (certificates.size > 0) {
		if (cms->certificate_count == CMS_CERTIFICATES_MAX)
			return DETAIL_CMS_MANY_CERTIFICATES;
		const enum detail part =
			certificate_take(&cms->certificate[cms->certificate_count], &certificates);
		if (part != DETAIL_NONE)
			return part;
		cms->certificate_count++;
	}
	if (!der_take(&data, DER_SET, &signers) || data.size != 0)
		return DETAIL_CMS_SIGNERS;
	if (!der_take(&signers, DER_SEQUENCE, &signer))
		return DETAIL_CMS_NO_SIGNER;
	if (signers.size != 0)
		return DETAIL_CMS_MANY_SIGNERS;
	if (!der_take_bytes(&signer, version_1, sizeof(version_1)))
		return DETAIL_SIGNER_VERSION;
	if (!der_take(&signer, DER_SEQUENCE, &id) || !der_take_whole(&id, DER_SEQUENCE, &issuer) ||
	    !der_take_whole(&id, DER_INTEGER, &serial) || id.size != 0)
		return DETAIL_SIGNER_NAME;
	if (!bytes_equal(issuer, cms->certificate[0].issuer) ||
	    !bytes_equal(serial, cms->certificate[0].serial))
		return DETAIL_SIGNER_CERTIFICATE;
	if (!der_take_bytes(&signer, algorithm_sha256, sizeof(algorithm_sha256)))
		return DETAIL_SIGNER_DIGEST;
	if (signer.size > 0 && signer.data[0] == DER_CONTEXT_0)
		return DETAIL_SIGNER_ATTRIBUTES;
	if (!der_take_bytes(&signer, algorithm_rsa, sizeof(algorithm_rsa)))
		return DETAIL_SIGNER_ALGORITHM;
	if (!der_take(&signer, DER_OCTET_STRING, &cms->signature))
		return DETAIL_SIGNATURE_MISSING;
	return signer.size != 0 ? DETAIL_SIGNATURE_MORE : DETAIL_NONE;
}

enum status cms_parse(struct cms *cms, const char *name, struct bytes file, struct failure *f)
{
	cms->certificate_count = 0;
	const enum detail why = parse(cms, file);
	if (why == DETAIL_NONE)
		return STATUS_OK;
	struct text *t = failure_begin(f, STATUS_BAD_SIGNATURE);
	text_put(t, name);
	text_put(t, " is not of the one form that is accepted: ");
	if (why <= DETAIL_CERTIFICATE_END)
		text_put(t, "a certificate is malformed: ");
	text_put(t, detail_words(why));
	failure_detail(f, why);
	return failure_end(f, "sign with crashseal");
}
