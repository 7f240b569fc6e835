/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_CE_H
#define SHA256_CE_H

#include "sha256_parts.h"

/* Before: the CPU has the SHA-256 instructions, vector registers may be used, and `data` is in normal memory. */
void sha256_ce_blocks(uint32_t state[8], const uint8_t *data, size_t count);
/* sha256_arch_parts() by two of them at a time. Before: the same. */
void sha256_ce_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		     size_t count);

#endif
