/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_SSE2_H
#define SHA256_SSE2_H

#include "sha256_parts.h"

/* sha256_arch_parts() by vectors. Before: the CPU has SSE2, and CR4.OSFXSR is on. */
void sha256_sse2_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count);

#endif
