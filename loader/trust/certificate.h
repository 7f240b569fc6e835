/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates as plain values (RFC 5280): what the walk to a trust anchor asks for.
 * The rules are those of pipeline/sign/certificate.ts.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "bundle_format.h"
#include "trust/der.h"
#include "trust/rsa.h"

/* Stands in the organizational unit of certificates that `crashseal keygen` makes for development. */
#define CERTIFICATE_DEVELOPMENT "crashseal DEVELOPMENT KEY"

enum key_usage {
	KEY_USAGE_SIGN = 0x80, /* digitalSignature */
	KEY_USAGE_ISSUE = 0x04, /* keyCertSign */
};

/* What an extended key usage can allow; without one, all but the second. */
enum purpose {
	PURPOSE_SEAL = 1, /* to sign bundles and revocation lists, and to issue who does */
	PURPOSE_ATTEST = 2, /* to attest that a bundle was tried: only where it is named */
	PURPOSE_ISSUE_TESTERS = 4,
};

/* Pointers into the source. */
struct certificate {
	struct bytes der;
	struct bytes body; /* what the signature covers */
	struct bytes signature;
	struct bytes serial, issuer, subject; /* with tag and length, to be compared byte by byte */
	struct bytes key_info; /* SubjectPublicKeyInfo, whole */
	struct rsa_key key;
	struct bytes name; /* common name, or the organization where there is none; as it stands */
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	enum rsa_digest digest; /* RSA_DIGEST_UNKNOWN: signed in another way */
	uint32_t path_length; /* authorities that may stand below */
	uint8_t key_usage; /* bits of enum key_usage; all of them where the certificate sets no limit */
	uint8_t purposes; /* bits of enum purpose */
	bool authority;
	bool development;
	bool unknown_critical; /* has a critical extension that we do not know */
};

/* Takes one certificate off `from`. Nothing, or which part of it is malformed. */
enum detail certificate_take(struct certificate *certificate, struct bytes *from);

#endif
