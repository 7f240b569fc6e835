/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_ZKNH_H
#define SHA256_ZKNH_H

#include <stddef.h>
#include <stdint.h>

/* Before: the hart has Zknh. */
void sha256_zknh_blocks(uint32_t state[8], const uint8_t *data, size_t count);

#endif
