/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest by parts (docs/format.md): SHA-256 of the digests of DIGEST_PARTS parts, or, below DIGEST_PARTS_FROM bytes,
 * SHA-256 of the bytes. The parts do not depend on one another, so a CPU can take several of them at a time.
 * `features` as sha256.h has them.
 */
#ifndef SHA256_PARTS_H
#define SHA256_PARTS_H

#include "bundle_format.h"
#include "sha256.h"

void sha256_parts(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		  uint64_t features);

/*
 * Takes `count` blocks of each of the parts, which begin `stride` bytes apart, into their states, several at a time, and
 * returns true; or touches nothing and returns false when `features` has no bit for that.
 * An architecture that can has its own (lib/arch/<arch>/sha256_arch.c); the others have the one that returns false.
 */
bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count, uint64_t features);

#endif
