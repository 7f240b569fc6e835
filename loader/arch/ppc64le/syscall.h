/* SPDX-License-Identifier: Apache-2.0 */
/* ppc64le: system call numbers (arch/powerpc/kernel/syscalls/syscall.tbl) and the trap. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

enum {
	ARCH_NR_READ = 3,
	ARCH_NR_WRITE = 4,
	ARCH_NR_CLOSE = 6,
	ARCH_NR_LSEEK = 19,
	ARCH_NR_GETEUID = 49,
	ARCH_NR_MMAP = 90,
	ARCH_NR_MUNMAP = 91,
	ARCH_NR_FSYNC = 118,
	ARCH_NR_MPROTECT = 125,
	ARCH_NR_FLOCK = 143,
	ARCH_NR_NANOSLEEP = 162,
	ARCH_NR_PREAD64 = 179,
	ARCH_NR_GETDENTS64 = 202,
	ARCH_NR_EXIT_GROUP = 234,
	ARCH_NR_CLOCK_GETTIME = 246,
	ARCH_NR_KEXEC_LOAD = 268,
	ARCH_NR_OPENAT = 286,
	ARCH_NR_MKDIRAT = 287,
	ARCH_NR_UNLINKAT = 292,
	ARCH_NR_READLINKAT = 296,
	ARCH_NR_RENAMEAT2 = 357,
	ARCH_NR_MEMFD_CREATE = 360,
	ARCH_NR_KEXEC_FILE_LOAD = 382,
	ARCH_NR_STATX = 383,
	ARCH_NR_OPENAT2 = 437,
};

/* arch/powerpc/include/uapi/asm/fcntl.h. */
enum {
	ARCH_O_DIRECTORY = 040000,
	ARCH_O_NOFOLLOW = 0100000,
};

enum { ARCH_MMAP_TAKES_ARRAY = 0 };

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r0 __asm__("r0") = number;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;
	register long r7 __asm__("r7") = e;
	register long r8 __asm__("r8") = f;

	/*
	 * An error is told by the summary overflow bit, and its number is positive. LR is kept
	 * (Linux, Documentation/arch/powerpc/syscall64-abi.rst).
	 */
	__asm__ volatile("sc\n\tbns+ 0f\n\tneg 3, 3\n0:"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
			 :
			 : "r9", "r10", "r11", "r12", "cr0", "cr1", "cr5", "cr6", "cr7", "ctr", "xer",
			   "memory");
	return r3;
}

#endif
