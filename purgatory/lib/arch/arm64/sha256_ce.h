/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_CE_H
#define SHA256_CE_H

#include <stddef.h>
#include <stdint.h>

/* Before: the CPU has the SHA-256 instructions, vector registers may be used, and `data` is in normal memory. */
void sha256_ce_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
