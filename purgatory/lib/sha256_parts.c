/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_parts.h"

#include "bundle_format.h"

void sha256_parts(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		  uint64_t features)
{
	const uint8_t *p = data;
	uint8_t digests[DIGEST_PARTS * SHA256_DIGEST_BYTES];
	const size_t unit = (size_t)DIGEST_PARTS * DIGEST_PARTS_BLOCK;
	const size_t part = (size / unit + (size % unit != 0)) * DIGEST_PARTS_BLOCK;

	if (size < DIGEST_PARTS_FROM) {
		sha256_digest(digest, p, size, features);
		return;
	}
	/* The last part is the shortest, and never empty. */
	for (size_t i = 0; i < DIGEST_PARTS; i++, p += part, size -= part)
		sha256_digest(digests + i * SHA256_DIGEST_BYTES, p,
			      i < DIGEST_PARTS - 1 ? part : size, features);
	sha256_digest(digest, digests, sizeof(digests), features);
}
