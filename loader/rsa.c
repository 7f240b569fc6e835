/* SPDX-License-Identifier: Apache-2.0 */
#include "rsa.h"

#include <bearssl.h>

#include "memory.h"
#include "sha256.h"

enum { BYTES_MIN = 2048 / 8, BYTES_MAX = 4096 / 8 };

bool rsa_key_allowed(const struct rsa_key *key)
{
	const size_t size = key->modulus.size;

	return size >= BYTES_MIN && size <= BYTES_MAX &&
	       (size > BYTES_MIN || key->modulus.data[0] >= 0x80);
}

bool rsa_verify(const struct rsa_key *key, enum rsa_digest digest, struct bytes message,
		struct bytes signature)
{
	/* BearSSL's type lacks const; it does not write to them. */
	const br_rsa_public_key public = {
		.n = (unsigned char *)(uintptr_t)key->modulus.data,
		.nlen = key->modulus.size,
		.e = (unsigned char *)(uintptr_t)key->exponent.data,
		.elen = key->exponent.size,
	};
	uint8_t signed_digest[64], expected[64];
	const uint8_t *object_id = BR_HASH_OID_SHA256;
	size_t size = 32;

	if (!rsa_key_allowed(key))
		return false;
	if (digest == RSA_DIGEST_SHA256) {
		sha256_digest(expected, message.data, message.size, 0);
	} else if (digest == RSA_DIGEST_SHA384 || digest == RSA_DIGEST_SHA512) {
		const bool longest = digest == RSA_DIGEST_SHA512;
		const br_hash_class *const class = longest ? &br_sha512_vtable : &br_sha384_vtable;
		br_hash_compat_context context;

		object_id = longest ? BR_HASH_OID_SHA512 : BR_HASH_OID_SHA384;
		size = longest ? 64 : 48;
		class->init(&context.vtable);
		class->update(&context.vtable, message.data, message.size);
		class->out(&context.vtable, expected);
	} else {
		return false;
	}
	return br_rsa_i31_pkcs1_vrfy(signature.data, signature.size, object_id, size, &public,
				     signed_digest) == 1 &&
	       mem_equal(signed_digest, expected, size);
}
