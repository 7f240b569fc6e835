/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_NI_H
#define SHA256_NI_H

#include "sha256_parts.h"

/* Before: the CPU has SHA, SSSE3 and SSE4.1, and CR4.OSFXSR is on. */
void sha256_ni_blocks(uint32_t state[8], const uint8_t *data, size_t count);
/* sha256_arch_parts() by two of them at a time. Before: the same. */
void sha256_ni_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		     size_t count);

#endif
