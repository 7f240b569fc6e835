/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the sigma functions as instructions (RISC-V Cryptography Extensions, Volume I, Zknh).
 * They work on integer registers and need nothing set up. The only file that is compiled with them.
 */
#include "sha256_zknh.h"

#include <riscv_crypto.h>

#include "sha256.h"

static inline uint32_t big0(uint32_t x)
{
	return __riscv_sha256sum0(x);
}

static inline uint32_t big1(uint32_t x)
{
	return __riscv_sha256sum1(x);
}

static inline uint32_t small0(uint32_t x)
{
	return __riscv_sha256sig0(x);
}

static inline uint32_t small1(uint32_t x)
{
	return __riscv_sha256sig1(x);
}

#include "sha256_rounds.h"

void sha256_zknh_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	sha256_rounds(state, data, count);
}
