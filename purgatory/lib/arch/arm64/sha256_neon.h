/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_NEON_H
#define SHA256_NEON_H

#include "sha256_parts.h"

/* sha256_arch_parts() by vectors. Before: vector registers may be used, and `data` is in normal memory. */
void sha256_neon_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count);

#endif
