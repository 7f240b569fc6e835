/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_AVX2_H
#define SHA256_AVX2_H

#include "sha256_parts.h"

/* sha256_arch_parts() by vectors. Before: the CPU has AVX2, and CR4.OSXSAVE and XCR0 let it use its registers. */
void sha256_avx2_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count);

#endif
