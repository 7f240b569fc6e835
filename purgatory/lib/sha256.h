/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4).
 * `features` are bits of enum cpu_feature (bundle_format.h) that the caller vouches for:
 * nothing here asks the CPU, since after a panic asking may fault. 0 is plain C.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_DIGEST_BYTES 32u
#define SHA256_BLOCK_BYTES 64u

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes taken so far */
	uint64_t features;
	uint8_t block[SHA256_BLOCK_BYTES]; /* the last `size % 64` bytes, not hashed yet */
};

void sha256_init(struct sha256 *hash, uint64_t features);
void sha256_update(struct sha256 *hash, const void *data, size_t size);
/* After it, `hash` must be initialised again. */
void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_DIGEST_BYTES]);

/* All at once. */
void sha256_digest(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		   uint64_t features);

/* Takes `count` blocks of 64 bytes at any alignment into `state`. */
void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features);

/*
 * What an architecture provides (lib/arch/<arch>/sha256_arch.c; lib/arch/generic where it has none):
 * take the blocks with the CPU's own instructions and return true,
 * or touch nothing and return false when `features` has no bit for that.
 */
bool sha256_arch_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features);

/* The 64 round constants; 16-byte aligned for those who load them as vectors. */
extern const uint32_t sha256_constants[64] __attribute__((visibility("hidden")));

#endif
