/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by KIMD, compute intermediate message digest (z/Architecture Principles of Operation,
 * SA22-7832, chapter 7). Unprivileged, and needs nothing set up.
 */
#include "sha256_kimd.h"

#include "sha256.h"

#define QUERY 0u

bool kimd_knows(unsigned int function)
{
	uint8_t known[16] = { 0 }; /* a bit for each, the first one highest */

	kimd(QUERY, known, 0, 0);
	return (known[function / 8] & 0x80u >> function % 8) != 0;
}

void kimd(unsigned int function, void *block, const void *message, uint64_t size)
{
	register uint64_t r0 __asm__("r0") = function;
	register uint64_t r1 __asm__("r1") = (uint64_t)(uintptr_t)block;
	register uint64_t r2 __asm__("r2") = (uint64_t)(uintptr_t)message;
	register uint64_t r3 __asm__("r3") = size;

	/*
	 * As .insn, since the assembler hides the mnemonic where the target does not promise it.
	 * Condition code 3: the CPU took a part and wants to be asked again.
	 */
	__asm__ volatile("0:\t.insn\trre, 0xb93e0000, %%r0, %%r2\n"
			 "\tjo\t0b\n"
			 : "+d"(r2), "+d"(r3)
			 : "d"(r0), "d"(r1)
			 : "cc", "memory");
}

void sha256_kimd_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	/* The block is the state as it stands: eight big-endian words. */
	kimd(KIMD_SHA256, state, data, (uint64_t)count * SHA256_BLOCK_BYTES);
}
