/* SPDX-License-Identifier: Apache-2.0 */
/* s390x: system call numbers (arch/s390/kernel/syscalls/syscall.tbl) and the trap. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

enum {
	ARCH_NR_READ = 3,
	ARCH_NR_WRITE = 4,
	ARCH_NR_CLOSE = 6,
	ARCH_NR_LSEEK = 19,
	ARCH_NR_MMAP = 90,
	ARCH_NR_MUNMAP = 91,
	ARCH_NR_MPROTECT = 125,
	ARCH_NR_FSYNC = 118,
	ARCH_NR_FLOCK = 143,
	ARCH_NR_NANOSLEEP = 162,
	ARCH_NR_PREAD64 = 180,
	ARCH_NR_GETEUID = 201,
	ARCH_NR_GETDENTS64 = 220,
	ARCH_NR_EXIT_GROUP = 248,
	ARCH_NR_CLOCK_GETTIME = 260,
	ARCH_NR_KEXEC_LOAD = 277,
	ARCH_NR_OPENAT = 288,
	ARCH_NR_MKDIRAT = 289,
	ARCH_NR_UNLINKAT = 294,
	ARCH_NR_READLINKAT = 298,
	ARCH_NR_RENAMEAT2 = 347,
	ARCH_NR_MEMFD_CREATE = 350,
	ARCH_NR_STATX = 379,
	ARCH_NR_KEXEC_FILE_LOAD = 381,
	ARCH_NR_OPENAT2 = 437,
};

/* asm-generic/fcntl.h. */
enum {
	ARCH_O_DIRECTORY = 0200000,
	ARCH_O_NOFOLLOW = 0400000,
};

/* Number 90 is the old call, which takes a pointer to its six arguments; there is no other. */
enum { ARCH_MMAP_TAKES_ARRAY = 1 };

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r1 __asm__("r1") = number;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;
	register long r5 __asm__("r5") = d;
	register long r6 __asm__("r6") = e;
	register long r7 __asm__("r7") = f;

	__asm__ volatile("svc 0"
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r7)
			 : "cc", "memory");
	return r2;
}

#endif
