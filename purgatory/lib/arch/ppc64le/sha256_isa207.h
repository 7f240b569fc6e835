/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_ISA207_H
#define SHA256_ISA207_H

#include "sha256_parts.h"

/* sha256_arch_parts() by vectors. Before: MSR lets their registers be used. */
void sha256_isa207_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
			 size_t count);

#endif
