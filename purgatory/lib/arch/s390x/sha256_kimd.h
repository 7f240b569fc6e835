/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_KIMD_H
#define SHA256_KIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Asks the query function, which every CPU with the message-security assist has. */
bool sha256_kimd_known(void);

/* Before: sha256_kimd_known(). */
void sha256_kimd_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
