/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that builds: the same calls by way of its C library, for builds under sanitizers. */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	ARCH_NR_READ = SYS_read,
	ARCH_NR_WRITE = SYS_write,
	ARCH_NR_CLOSE = SYS_close,
	ARCH_NR_LSEEK = SYS_lseek,
	ARCH_NR_MMAP = SYS_mmap,
	ARCH_NR_MUNMAP = SYS_munmap,
	ARCH_NR_MPROTECT = SYS_mprotect,
	ARCH_NR_PREAD64 = SYS_pread64,
	ARCH_NR_NANOSLEEP = SYS_nanosleep,
	ARCH_NR_FLOCK = SYS_flock,
	ARCH_NR_FSYNC = SYS_fsync,
	ARCH_NR_GETEUID = SYS_geteuid,
	ARCH_NR_GETDENTS64 = SYS_getdents64,
	ARCH_NR_CLOCK_GETTIME = SYS_clock_gettime,
	ARCH_NR_EXIT_GROUP = SYS_exit_group,
	ARCH_NR_KEXEC_LOAD = SYS_kexec_load,
	ARCH_NR_OPENAT = SYS_openat,
	ARCH_NR_MKDIRAT = SYS_mkdirat,
	ARCH_NR_UNLINKAT = SYS_unlinkat,
	ARCH_NR_READLINKAT = SYS_readlinkat,
	ARCH_NR_RENAMEAT2 = SYS_renameat2,
	ARCH_NR_MEMFD_CREATE = SYS_memfd_create,
	ARCH_NR_KEXEC_FILE_LOAD = SYS_kexec_file_load,
	ARCH_NR_STATX = SYS_statx,
	ARCH_NR_OPENAT2 = SYS_openat2,
};

enum {
	ARCH_O_DIRECTORY = O_DIRECTORY,
	ARCH_O_NOFOLLOW = O_NOFOLLOW,
};

#if defined(__s390x__)
enum { ARCH_MMAP_TAKES_ARRAY = 1 };
#else
enum { ARCH_MMAP_TAKES_ARRAY = 0 };
#endif

static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	const long result = syscall(number, a, b, c, d, e, f);

	return result == -1 ? -errno : result;
}

#endif
