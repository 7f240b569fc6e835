/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_ZBB_H
#define SHA256_ZBB_H

#include <stddef.h>
#include <stdint.h>

/* Before: the hart has Zbb. */
void sha256_zbb_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
