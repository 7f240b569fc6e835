/* SPDX-License-Identifier: Apache-2.0 */
/* i386: system call numbers (arch/x86/entry/syscalls/syscall_32.tbl) and the trap. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

enum {
	ARCH_NR_READ = 3,
	ARCH_NR_WRITE = 4,
	ARCH_NR_CLOSE = 6,
	ARCH_NR_LSEEK = 140, /* _llseek */
	ARCH_NR_MMAP = 192, /* mmap2 */
	ARCH_NR_MUNMAP = 91,
	ARCH_NR_MPROTECT = 125,
	ARCH_NR_PREAD64 = 180,
	ARCH_NR_NANOSLEEP = 162,
	ARCH_NR_FLOCK = 143,
	ARCH_NR_FSYNC = 118,
	ARCH_NR_GETEUID = 201, /* geteuid32 */
	ARCH_NR_GETDENTS64 = 220,
	ARCH_NR_CLOCK_GETTIME = 403, /* clock_gettime64, since 5.1 */
	ARCH_NR_EXIT_GROUP = 252,
	ARCH_NR_KEXEC_LOAD = 283,
	ARCH_NR_OPENAT = 295,
	ARCH_NR_MKDIRAT = 296,
	ARCH_NR_UNLINKAT = 301,
	ARCH_NR_READLINKAT = 305,
	ARCH_NR_RENAMEAT2 = 353,
	ARCH_NR_MEMFD_CREATE = 356,
	ARCH_NR_KEXEC_FILE_LOAD = -1, /* has none: the kernel answers ENOSYS */
	ARCH_NR_STATX = 383,
	ARCH_NR_OPENAT2 = 437,
};

/* asm-generic/fcntl.h; arm64 and powerpc have others. */
enum {
	ARCH_O_DIRECTORY = 0200000,
	ARCH_O_NOFOLLOW = 0400000,
};

enum { ARCH_MMAP_TAKES_ARRAY = 0 };

/* start.S. */
long arch_syscall(long number, long a, long b, long c, long d, long e, long f);

#endif
