/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256.h"

#include "byteorder.h"
#include "memory.h"
#include "sha256_sigma.h"

#include "sha256_rounds.h"

/* Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
_Alignas(16) const uint32_t sha256_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};


void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	if (!sha256_arch_blocks(state, data, count, features))
		sha256_rounds(state, data, count);
}

void sha256_init(struct sha256 *hash, uint64_t features)
{
	/* Fractional parts of the square roots of the first eight primes (FIPS 180-4, 5.3.3). */
	hash->state[0] = 0x6a09e667;
	hash->state[1] = 0xbb67ae85;
	hash->state[2] = 0x3c6ef372;
	hash->state[3] = 0xa54ff53a;
	hash->state[4] = 0x510e527f;
	hash->state[5] = 0x9b05688c;
	hash->state[6] = 0x1f83d9ab;
	hash->state[7] = 0x5be0cd19;
	hash->size = 0;
	hash->features = features;
}

void sha256_update(struct sha256 *hash, const void *data, size_t size)
{
	const uint8_t *p = data;
	size_t held = (size_t)(hash->size % SHA256_BLOCK_BYTES);

	if (size == 0)
		return;
	hash->size += size;
	if (held > 0) {
		size_t room = SHA256_BLOCK_BYTES - held;
		size_t part = size < room ? size : room;

		mem_copy(hash->block + held, p, part);
		p += part;
		size -= part;
		if (part < room)
			return;
		sha256_blocks(hash->state, hash->block, 1, hash->features);
	}
	if (size >= SHA256_BLOCK_BYTES) {
		sha256_blocks(hash->state, p, size / SHA256_BLOCK_BYTES, hash->features);
		p += size - size % SHA256_BLOCK_BYTES;
		size %= SHA256_BLOCK_BYTES;
	}
	mem_copy(hash->block, p, size);
}

void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_DIGEST_BYTES])
{
	size_t held = (size_t)(hash->size % SHA256_BLOCK_BYTES);

	hash->block[held++] = 0x80;
	if (held > SHA256_BLOCK_BYTES - 8) {
		mem_set(hash->block + held, 0, SHA256_BLOCK_BYTES - held);
		sha256_blocks(hash->state, hash->block, 1, hash->features);
		held = 0;
	}
	mem_set(hash->block + held, 0, SHA256_BLOCK_BYTES - 8 - held);
	store64_be(hash->block + SHA256_BLOCK_BYTES - 8, hash->size * 8);
	sha256_blocks(hash->state, hash->block, 1, hash->features);
	for (size_t i = 0; i < 8; i++)
		store32_be(digest + 4 * i, hash->state[i]);
}

void sha256_digest(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		   uint64_t features)
{
	struct sha256 hash;

	sha256_init(&hash, features);
	sha256_update(&hash, data, size);
	sha256_final(&hash, digest);
}
