/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures (PKCS#1 v1.5) by BearSSL, of which rsa.c is the only user. */
#ifndef RSA_H
#define RSA_H

#include "trust/der.h"

/* Without leading zeros. */
struct rsa_key {
	struct bytes modulus, exponent;
};

/* The last byte of the signature's object identifier, 1.2.840.113549.1.1.x (RFC 8017). */
enum rsa_digest {
	RSA_DIGEST_UNKNOWN = 0,
	RSA_DIGEST_SHA256 = 11,
	RSA_DIGEST_SHA384 = 12,
	RSA_DIGEST_SHA512 = 13,
};

/*
 * RSA_BITS_LEAST to RSA_BITS_MOST. The exponent is odd, at least 3 and has at most
 * 64 bits: with 1 everybody signs, and one of 60 KiB, by nobody in particular, takes half a minute.
 */
bool rsa_key_allowed(const struct rsa_key *key);

/* True for a good signature by an allowed key. */
bool rsa_verify(const struct rsa_key *key, enum rsa_digest digest, struct bytes message,
		struct bytes signature);

#endif
