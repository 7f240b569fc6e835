/* SPDX-License-Identifier: Apache-2.0 */
/* x86_64: system call numbers (arch/x86/entry/syscalls/syscall_64.tbl) and the trap. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

enum {
	ARCH_NR_READ = 0,
	ARCH_NR_WRITE = 1,
	ARCH_NR_CLOSE = 3,
	ARCH_NR_LSEEK = 8,
	ARCH_NR_MMAP = 9,
	ARCH_NR_MUNMAP = 11,
	ARCH_NR_MPROTECT = 10,
	ARCH_NR_PREAD64 = 17,
	ARCH_NR_NANOSLEEP = 35,
	ARCH_NR_FLOCK = 73,
	ARCH_NR_FSYNC = 74,
	ARCH_NR_GETEUID = 107,
	ARCH_NR_GETDENTS64 = 217,
	ARCH_NR_CLOCK_GETTIME = 228,
	ARCH_NR_EXIT_GROUP = 231,
	ARCH_NR_KEXEC_LOAD = 246,
	ARCH_NR_OPENAT = 257,
	ARCH_NR_MKDIRAT = 258,
	ARCH_NR_UNLINKAT = 263,
	ARCH_NR_READLINKAT = 267,
	ARCH_NR_RENAMEAT2 = 316,
	ARCH_NR_MEMFD_CREATE = 319,
	ARCH_NR_KEXEC_FILE_LOAD = 320,
	ARCH_NR_STATX = 332,
	ARCH_NR_OPENAT2 = 437,
};

/* asm-generic/fcntl.h; arm64 and powerpc have others. */
enum {
	ARCH_O_DIRECTORY = 0200000,
	ARCH_O_NOFOLLOW = 0400000,
};

/* s390x's mmap(2) takes a pointer to its six arguments instead. */
enum { ARCH_MMAP_TAKES_ARRAY = 0 };

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
