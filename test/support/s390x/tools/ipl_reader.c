/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of the machine's firmware: entered on an IPL, it prints the IPL parameter block that the
 * machine was given, as hexadecimal digits, 64 bytes to a line.
 */
#include "sclp.h"

#define DIAG308_STORE 6UL
#define DIAG308_OK 1UL
#define BYTES_PER_LINE 64
#define WAIT_DONE 0xd00dUL
#define WAIT_NO_BLOCK 0xdeadUL

static unsigned char block[4096] __attribute__((aligned(4096)));

uint64_t tool_main(void);

uint64_t tool_main(void)
{
	register uint64_t address __asm__("2") = (uint64_t)(uintptr_t)block;
	register uint64_t answer __asm__("3") = 0;
	size_t length;

	sclp_init();
	__asm__ volatile("diag %0,%2,0x308"
			 : "+d"(address), "+d"(answer)
			 : "d"(DIAG308_STORE)
			 : "cc", "memory");
	if (answer != DIAG308_OK) {
		sclp_string("ipl-reader: no block, answer ");
		sclp_hex(answer, 4);
		sclp_end_line();
		return WAIT_NO_BLOCK;
	}
	length = (size_t)block[0] << 24 | (size_t)block[1] << 16 | (size_t)block[2] << 8 | block[3];
	if (length > sizeof(block))
		length = sizeof(block);
	for (size_t i = 0; i < length; i++) {
		if (i % BYTES_PER_LINE == 0) {
			if (i > 0)
				sclp_end_line();
			sclp_string("ipl-reader: block ");
		}
		sclp_hex(block[i], 2);
	}
	sclp_end_line();
	sclp_string("ipl-reader: end");
	sclp_end_line();
	return WAIT_DONE;
}
