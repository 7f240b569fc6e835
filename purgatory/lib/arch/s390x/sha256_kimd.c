/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by KIMD, compute intermediate message digest (z/Architecture Principles of Operation,
 * SA22-7832, chapter 7). Unprivileged, and needs nothing set up.
 */
#include "sha256_kimd.h"

#include "sha256.h"

#define QUERY 0u
#define SHA_256 2u

/*
 * The function code is in r0, the parameter block's address in r1; the operand names a pair of
 * registers with address and length of the message. As .insn, since the assembler hides the
 * mnemonic where the target CPU does not promise it.
 */
#define KIMD "\t.insn\trre, 0xb93e0000, %%r0, %%r2\n"

bool sha256_kimd_known(void)
{
	uint8_t functions[16]; /* a bit for each, the first one highest */
	register uint64_t function __asm__("r0") = QUERY;
	register uint64_t block __asm__("r1") = (uint64_t)(uintptr_t)functions;
	register uint64_t address __asm__("r2") = 0;
	register uint64_t size __asm__("r3") = 0;

	__asm__ volatile(KIMD
			 : "+d"(address), "+d"(size)
			 : "d"(function), "d"(block)
			 : "cc", "memory");
	return (functions[SHA_256 / 8] & 0x80u >> SHA_256 % 8) != 0;
}

void sha256_kimd_blocks(uint32_t state[8], const uint8_t *data, size_t count)
{
	register uint64_t function __asm__("r0") = SHA_256;
	register uint64_t block __asm__("r1") = (uint64_t)(uintptr_t)state;
	register uint64_t address __asm__("r2") = (uint64_t)(uintptr_t)data;
	register uint64_t size __asm__("r3") = (uint64_t)count * SHA256_BLOCK_BYTES;

	/* Condition code 3: the CPU took a part and wants to be asked again. */
	__asm__ volatile("0:" KIMD "\tjo\t0b\n"
			 : "+d"(address), "+d"(size)
			 : "d"(function), "d"(block)
			 : "cc", "memory");
}
