/* SPDX-License-Identifier: Apache-2.0 */
/* arm64: system call numbers (include/uapi/asm-generic/unistd.h) and the trap. */
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

/* arch/arm64/include/uapi/asm/fcntl.h. */
enum {
	ARCH_O_DIRECTORY = 040000,
	ARCH_O_NOFOLLOW = 0100000,
};

/* s390x's mmap(2) takes a pointer to its six arguments instead. */
enum { ARCH_MMAP_TAKES_ARRAY = 0 };

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#endif
