/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/rsa.h"

#include <bearssl.h>

#include "bundle_format.h"
#include "memory.h"
#include "sha256.h"

enum { BYTES_MIN = RSA_BITS_LEAST / 8, BYTES_MAX = RSA_BITS_MOST / 8, EXPONENT_BYTES_MAX = 64 / 8 };

bool rsa_key_allowed(const struct rsa_key *key)
{
	const struct bytes n = key->modulus, e = key->exponent;

	return n.size >= BYTES_MIN && n.size <= BYTES_MAX &&
	       (n.size > BYTES_MIN || n.data[0] >= 0x80) && e.size - 1 < EXPONENT_BYTES_MAX &&
	       (e.data[e.size - 1] & 1) != 0 && (e.size > 1 || e.data[0] > 1);
}

/*
 * What a signature must open to (RFC 8017, 9.2) has one form, so it is written down and compared
 * whole: BearSSL's own reader also takes a DigestInfo without parameters, which openssl does not.
 */
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
	/* A zero, then DigestInfo up to the digest; two lengths and the last of the object id are missing. */
	static const uint8_t info[] = { 0,    0x30, 0, 0x30, 13, 6, 9, 0x60, 0x86, 0x48,
					0x01, 0x65, 3, 4,    2,  0, 5, 0,    4,	   0 };
	uint8_t form[BYTES_MAX], opened[BYTES_MAX];
	const size_t bytes = key->modulus.size;
	size_t size = 32;

	if (!rsa_key_allowed(key) || signature.size != bytes)
		return false;
	if (digest == RSA_DIGEST_SHA384)
		size = 48;
	else if (digest == RSA_DIGEST_SHA512)
		size = 64;
	else if (digest != RSA_DIGEST_SHA256)
		return false;
	mem_set(form, 0xff, bytes);
	form[0] = 0;
	form[1] = 1;
	uint8_t *const value = form + bytes - size;
	uint8_t *const head = value - sizeof(info);
	mem_copy(head, info, sizeof(info));
	head[2] = (uint8_t)(sizeof(info) - 3 + size);
	head[15] = (uint8_t)(digest - RSA_DIGEST_SHA256 + 1);
	head[19] = (uint8_t)size;
	if (digest == RSA_DIGEST_SHA256) {
		sha256_digest(value, message.data, message.size, 0);
	} else {
		const br_hash_class *const class =
			digest == RSA_DIGEST_SHA512 ? &br_sha512_vtable : &br_sha384_vtable;
		br_hash_compat_context context;

		class->init(&context.vtable);
		class->update(&context.vtable, message.data, message.size);
		class->out(&context.vtable, value);
	}
	mem_copy(opened, signature.data, bytes);
	return br_rsa_i31_public(opened, bytes, &public) == 1 && mem_equal(opened, form, bytes);
}
