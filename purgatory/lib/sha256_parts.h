/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest by parts (docs/format.md): SHA-256 of the digests of DIGEST_PARTS parts, or, below DIGEST_PARTS_FROM bytes,
 * SHA-256 of the bytes. The parts do not depend on one another, so a CPU can take several of them at a time.
 * `features` as sha256.h has them.
 */
#ifndef SHA256_PARTS_H
#define SHA256_PARTS_H

#include "sha256.h"

void sha256_parts(uint8_t digest[SHA256_DIGEST_BYTES], const void *data, size_t size,
		  uint64_t features);

#endif
