/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the firmware: RISC-V Supervisor Binary Interface Specification 2.0. Also read by entry.S. */
#ifndef SBI_H
#define SBI_H

#define SBI_LEGACY_PUTCHAR 1
#define SBI_LEGACY_SHUTDOWN 8
#define SBI_BASE 0x10
#define SBI_BASE_PROBE 3
#define SBI_DEBUG_CONSOLE 0x4442434e /* "DBCN" */
#define SBI_DEBUG_CONSOLE_WRITE_BYTE 2
#define SBI_SYSTEM_RESET 0x53525354 /* "SRST" */
#define SBI_SYSTEM_RESET_COLD 1

#ifndef __ASSEMBLER__
#include <stdint.h>

struct sbi_answer {
	long error; /* of a legacy call: the answer */
	long value;
};

static inline struct sbi_answer sbi_call(unsigned long extension, unsigned long function,
					 unsigned long a, unsigned long b)
{
	register unsigned long a0 __asm__("a0") = a;
	register unsigned long a1 __asm__("a1") = b;
	register unsigned long a2 __asm__("a2") = 0;
	register unsigned long a6 __asm__("a6") = function;
	register unsigned long a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_answer){ (long)a0, (long)a1 };
}
#endif

#endif
