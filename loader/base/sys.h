/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One system call per function, same on every architecture. Each returns what the kernel returns:
 * a result, or -errno. Nothing here keeps state or retries.
 *
 * What differs by architecture (numbers, the trap itself) is arch/<arch>/syscall.h. Calls whose
 * structures differ by architecture are avoided: statx(2) instead of fstat(2), renameat2(2), which
 * riscv64 has alone, instead of rename(2).
 */
#ifndef SYS_H
#define SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers that are the same on every Linux architecture we load on (asm-generic/errno-base.h). */
enum sys_errno {
	SYS_EPERM = 1,
	SYS_ENOENT = 2,
	SYS_EINTR = 4,
	SYS_EIO = 5,
	SYS_EBADF = 9,
	SYS_EAGAIN = 11,
	SYS_ENOMEM = 12,
	SYS_EACCES = 13,
	SYS_EFAULT = 14,
	SYS_EBUSY = 16,
	SYS_EEXIST = 17,
	SYS_EXDEV = 18,
	SYS_ENODEV = 19,
	SYS_ENOTDIR = 20,
	SYS_EISDIR = 21,
	SYS_EINVAL = 22,
	SYS_ENFILE = 23,
	SYS_EMFILE = 24,
	SYS_ETXTBSY = 26,
	SYS_EFBIG = 27,
	SYS_ENOSPC = 28,
	SYS_EROFS = 30,
	SYS_ERANGE = 34,
	SYS_ENAMETOOLONG = 36,
	SYS_ENOSYS = 38,
	SYS_ELOOP = 40,
	SYS_EADDRNOTAVAIL = 99,
	SYS_ESTALE = 116,
	SYS_ENOKEY = 126,
	SYS_EKEYREJECTED = 129,
};

/* open(2) flags with one value everywhere; O_DIRECTORY and O_NOFOLLOW are in arch/<arch>/syscall.h. */
enum sys_open {
	SYS_READ = 0,
	SYS_WRITE = 1,
	SYS_READ_WRITE = 2,
	SYS_CREATE = 0100,
	SYS_EXCLUSIVE = 0200,
	SYS_TRUNCATE = 01000,
	SYS_NO_WAIT = 04000, /* O_NONBLOCK: opening a FIFO does not wait for its writer */
	SYS_PATH = 010000000,
	SYS_CLOSE_ON_EXEC = 02000000,
};
int sys_flag_directory(void);
int sys_flag_no_follow(void);

enum { SYS_HERE = -100 }; /* AT_FDCWD */

/* What statx(2) says of a file, as far as the loader asks. */
struct sys_stat {
	uint32_t mode;
	uint32_t owner;
	uint64_t inode;
	uint64_t size;
	int64_t mtime;
	uint32_t mtime_ns;
	int64_t ctime;
	uint32_t ctime_ns;
	uint32_t device_major;
	uint32_t device_minor;
};
bool sys_is_regular(const struct sys_stat *st);
bool sys_is_directory(const struct sys_stat *st);
bool sys_is_link(const struct sys_stat *st);

/* kexec_load(2)'s segment: native words, `mem` physical. */
struct sys_kexec_segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};
enum {
	SYS_KEXEC_FILE_UNLOAD = 1,
	SYS_KEXEC_FILE_ON_CRASH = 2,
};
enum {
	SYS_MEMFD_CLOSE_ON_EXEC = 1,
	SYS_MEMFD_NO_EXEC = 8, /* since 6.3 */
};
enum {
	SYS_KEXEC_ON_CRASH = 1,
	SYS_KEXEC_UPDATE_ELFCOREHDR = 4,
	SYS_KEXEC_CRASH_HOTPLUG = 8,
};

long sys_openat(int dir, const char *path, int flags, unsigned int mode);
/* openat2(2) with `root` as "/": no link leads out of it. -SYS_ENOSYS before Linux 5.6. */
long sys_open_below(int root, const char *path, int flags, unsigned int mode);
/* Without a NUL; "" is the link that `dir` itself is, opened by SYS_PATH. As many bytes as fit. */
long sys_readlinkat(int dir, const char *path, char *buf, size_t size);
long sys_read(int fd, void *buf, size_t size);
long sys_pread(int fd, void *buf, size_t size, uint64_t offset);
long sys_write(int fd, const void *buf, size_t size);
/* 0 or the new place, or -errno. */
long sys_lseek(int fd, int64_t offset, int whence);
long sys_close(int fd);
long sys_stat_fd(int fd, struct sys_stat *st);
long sys_fsync(int fd);
/* Exclusive advisory lock, or -SYS_EAGAIN where another has it. */
long sys_try_lock(int fd);
long sys_mkdirat(int dir, const char *path, unsigned int mode);
long sys_renameat(int from_dir, const char *from, int to_dir, const char *to);
long sys_unlinkat(int dir, const char *path, int flags);
long sys_getdents(int fd, void *buf, size_t size);
/* Fresh zeroed pages, private, which cost nothing until they are touched. */
long sys_pages(size_t size, void **pages);
long sys_pages_free(void *pages, size_t size);
/* From now on, a write there ends the process. `pages` begins a page. */
long sys_pages_read_only(const void *pages, size_t size);
/* Seconds since 1970 by the machine's clock. */
long sys_time(int64_t *seconds);
/* Nanoseconds of a clock that only goes forward, for measuring. */
long sys_monotonic(uint64_t *nanoseconds);
/* At most that long: a signal ends it. */
long sys_sleep(uint64_t milliseconds);
long sys_geteuid(void);
long sys_kexec_load(unsigned long entry, size_t count, const struct sys_kexec_segment *segments,
		    unsigned long flags);
/* A file in memory, closed on exec. */
long sys_memfd(const char *name, unsigned int flags);
long sys_kexec_file_load(int kernel, int initramfs, size_t cmdline_size, const char *cmdline,
			 unsigned long flags);
_Noreturn void sys_exit(int code);

#endif
