/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_NI_H
#define SHA256_NI_H

#include <stddef.h>
#include <stdint.h>

/* Before: the CPU has SHA, SSSE3 and SSE4.1, and CR4.OSFXSR is on. */
void sha256_ni_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
