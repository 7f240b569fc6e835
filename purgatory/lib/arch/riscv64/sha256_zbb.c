/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 in C, for harts whose rotation is one instruction (RISC-V Bit-manipulation, Zbb), where the base has three.
 * The compiler finds them: the only file that is compiled with them.
 */
#include "sha256_zbb.h"

#include "sha256.h"
#include "sha256_sigma.h"

#include "sha256_rounds.h"

void sha256_zbb_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	sha256_rounds(state, data, count);
}
