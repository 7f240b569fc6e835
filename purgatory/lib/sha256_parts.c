/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_parts.h"

#include "memory.h"

__attribute__((weak)) bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data,
					     size_t stride, size_t count, uint64_t features)
{
	(void)states;
	(void)data;
	(void)stride;
	(void)count;
	(void)features;
	return false;
}

void sha256_parts(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		  uint64_t features)
{
	const uint8_t *const first = data;
	/* First the states of the parts, then, one after the other, their digests. */
	uint32_t states[DIGEST_PARTS][8];
	const size_t unit = (size_t)DIGEST_PARTS * DIGEST_PARTS_BLOCK;
	const size_t part = (size / unit + (size % unit != 0)) * DIGEST_PARTS_BLOCK;
	struct sha256 hash;

	if (size < DIGEST_PARTS_FROM) {
		sha256_digest(digest, first, size, features);
		return;
	}
	sha256_init(&hash, features);
	for (size_t i = 0; i < DIGEST_PARTS; i++)
		mem_copy(states[i], hash.state, sizeof(states[i]));
	/* The last part is the shortest, and never empty. */
	const size_t last = size - (DIGEST_PARTS - 1) * part;
	size_t done = 0;

	if (sha256_arch_parts(states, first, part, last / SHA256_BLOCK_BYTES, features))
		done = last - last % SHA256_BLOCK_BYTES;
	for (size_t i = 0; i < DIGEST_PARTS; i++) {
		mem_copy(hash.state, states[i], sizeof(states[i]));
		hash.size = done;
		sha256_update(&hash, first + i * part + done,
			      (i < DIGEST_PARTS - 1 ? part : last) - done);
		sha256_final(&hash, (uint8_t *)states[i]);
	}
	sha256_digest(digest, states, sizeof(states), features);
}
