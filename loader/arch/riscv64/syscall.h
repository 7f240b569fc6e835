/* SPDX-License-Identifier: Apache-2.0 */
/* riscv64: system call numbers (include/uapi/asm-generic/unistd.h) and the trap. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

enum {
	ARCH_NR_FLOCK = 32,
	ARCH_NR_MKDIRAT = 34,
	ARCH_NR_UNLINKAT = 35,
	ARCH_NR_OPENAT = 56,
	ARCH_NR_CLOSE = 57,
	ARCH_NR_GETDENTS64 = 61,
	ARCH_NR_LSEEK = 62,
	ARCH_NR_READ = 63,
	ARCH_NR_WRITE = 64,
	ARCH_NR_PREAD64 = 67,
	ARCH_NR_READLINKAT = 78,
	ARCH_NR_FSYNC = 82,
	ARCH_NR_EXIT_GROUP = 94,
	ARCH_NR_NANOSLEEP = 101,
	ARCH_NR_KEXEC_LOAD = 104,
	ARCH_NR_CLOCK_GETTIME = 113,
	ARCH_NR_GETEUID = 175,
	ARCH_NR_MUNMAP = 215,
	ARCH_NR_MMAP = 222,
	ARCH_NR_RENAMEAT2 = 276,
	ARCH_NR_MEMFD_CREATE = 279,
	ARCH_NR_STATX = 291,
	ARCH_NR_KEXEC_FILE_LOAD = 294,
	ARCH_NR_OPENAT2 = 437,
};

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
