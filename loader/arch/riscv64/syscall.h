/* SPDX-License-Identifier: Apache-2.0 */
/* riscv64: the trap of a system call. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include "arch/generic_numbers.h"

/* asm-generic/fcntl.h. */
enum {
	ARCH_O_DIRECTORY = 0200000,
	ARCH_O_NOFOLLOW = 0400000,
};

/* s390x's mmap(2) takes a pointer to its six arguments instead. */
enum { ARCH_MMAP_TAKES_ARRAY = 0 };

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
			 : "memory");
	return a0;
}

#endif
