/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_KIMD_H
#define SHA256_KIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether KIMD knows a function, by its code; the query itself is there wherever KIMD is. */
bool kimd_knows(unsigned int function);
/* Takes `size` bytes of message, a multiple of the function's block, into the state in `block`. */
void kimd(unsigned int function, void *block, const void *message, uint64_t size);

#define KIMD_SHA256 2u

/* Before: kimd_knows(KIMD_SHA256). */
void sha256_kimd_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
