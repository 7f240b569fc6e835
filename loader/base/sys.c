/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sys.h"

#include "syscall.h" /* arch/<arch>/, by include path */

static long call(long number, long a, long b, long c, long d)
{
	return arch_syscall(number, a, b, c, d, 0, 0);
}

static long word(const volatile void *p)
{
	return (long)(uintptr_t)p;
}

/* What a register of 32 bits does not hold of it. */
static long upper(uint64_t v)
{
	return sizeof(long) == 8 ? 0 : (long)(v >> 32);
}

int sys_flag_directory(void)
{
	return ARCH_O_DIRECTORY;
}

int sys_flag_no_follow(void)
{
	return ARCH_O_NOFOLLOW;
}

long sys_openat(int dir, const char *path, int flags, unsigned int mode)
{
	return call(ARCH_NR_OPENAT, dir, word(path), flags | SYS_CLOSE_ON_EXEC, (long)mode);
}

long sys_open_below(int root, const char *path, int flags, unsigned int mode)
{
	/* struct open_how; RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT (uapi/linux/openat2.h). */
	const struct {
		uint64_t flags;
		uint64_t mode;
		uint64_t resolve;
	} how = { (uint64_t)(unsigned int)flags | SYS_CLOSE_ON_EXEC, mode, 0x02 | 0x10 };

	return call(ARCH_NR_OPENAT2, root, word(path), word(&how), sizeof(how));
}

long sys_readlinkat(int dir, const char *path, char *buf, size_t size)
{
	return call(ARCH_NR_READLINKAT, dir, word(path), word(buf), (long)size);
}

long sys_read(int fd, void *buf, size_t size)
{
	return call(ARCH_NR_READ, fd, word(buf), (long)size, 0);
}

long sys_pread(int fd, void *buf, size_t size, uint64_t offset)
{
	/* A number of 64 bits is two words where words have 32. */
	return arch_syscall(ARCH_NR_PREAD64, fd, word(buf), (long)size, (long)offset, upper(offset), 0);
}

long sys_write(int fd, const void *buf, size_t size)
{
	return call(ARCH_NR_WRITE, fd, word(buf), (long)size, 0);
}

long sys_lseek(int fd, int64_t offset, int whence)
{
	int64_t reached;

	if (sizeof(long) == 8)
		return call(ARCH_NR_LSEEK, fd, (long)offset, whence, 0);
	return arch_syscall(ARCH_NR_LSEEK, fd, upper((uint64_t)offset), (long)offset, word(&reached), whence, 0);
}

long sys_close(int fd)
{
	return call(ARCH_NR_CLOSE, fd, 0, 0, 0);
}

/* struct statx_timestamp and struct statx (uapi/linux/stat.h): one layout everywhere. */
struct statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t reserved;
};
struct kernel_statx {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode;
	uint16_t spare0;
	uint64_t inode;
	uint64_t size;
	uint64_t blocks;
	uint64_t attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor;
	uint32_t dev_major, dev_minor;
	uint64_t spare[14];
};
_Static_assert(sizeof(struct kernel_statx) == 256, "struct statx");

long sys_stat_fd(int fd, struct sys_stat *st)
{
	struct kernel_statx raw;
	/* AT_EMPTY_PATH: the descriptor itself. STATX_BASIC_STATS. */
	const long error = arch_syscall(ARCH_NR_STATX, fd, word(""), 0x1000, 0x7ff, word(&raw), 0);

	if (error < 0)
		return error;
	st->mode = raw.mode;
	st->owner = raw.uid;
	st->inode = raw.inode;
	st->size = raw.size;
	st->mtime = raw.mtime.seconds;
	st->mtime_ns = raw.mtime.nanoseconds;
	st->ctime = raw.ctime.seconds;
	st->ctime_ns = raw.ctime.nanoseconds;
	st->device_major = raw.dev_major;
	st->device_minor = raw.dev_minor;
	return 0;
}

bool sys_is_regular(const struct sys_stat *st)
{
	return (st->mode & 0170000) == 0100000;
}

bool sys_is_directory(const struct sys_stat *st)
{
	return (st->mode & 0170000) == 0040000;
}

bool sys_is_link(const struct sys_stat *st)
{
	return (st->mode & 0170000) == 0120000;
}

long sys_fsync(int fd)
{
	return call(ARCH_NR_FSYNC, fd, 0, 0, 0);
}

long sys_try_lock(int fd)
{
	return call(ARCH_NR_FLOCK, fd, 2 | 4, 0, 0); /* LOCK_EX | LOCK_NB */
}

long sys_mkdirat(int dir, const char *path, unsigned int mode)
{
	return call(ARCH_NR_MKDIRAT, dir, word(path), (long)mode, 0);
}

long sys_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return arch_syscall(ARCH_NR_RENAMEAT2, from_dir, word(from), to_dir, word(to), 0, 0);
}

long sys_unlinkat(int dir, const char *path, int flags)
{
	return call(ARCH_NR_UNLINKAT, dir, word(path), flags, 0);
}

long sys_getdents(int fd, void *buf, size_t size)
{
	return call(ARCH_NR_GETDENTS64, fd, word(buf), (long)size, 0);
}

long sys_pages(size_t size, void **pages)
{
	/* PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_ANONYMOUS. */
	const long args[6] = { 0, (long)size, 1 | 2, 0x02 | 0x20, -1, 0 };
	const long result =
		ARCH_MMAP_TAKES_ARRAY ?
			call(ARCH_NR_MMAP, word(args), 0, 0, 0) :
			arch_syscall(ARCH_NR_MMAP, args[0], args[1], args[2], args[3], args[4], args[5]);

	/* An address may look negative as a word; only the last page of it is an error. */
	if ((unsigned long)result > -4096UL)
		return result;
	*pages = (void *)(uintptr_t)result;
	return 0;
}

long sys_pages_free(void *pages, size_t size)
{
	return call(ARCH_NR_MUNMAP, word(pages), (long)size, 0, 0);
}

long sys_pages_read_only(const void *pages, size_t size)
{
	return call(ARCH_NR_MPROTECT, word(pages), (long)size, 1, 0); /* PROT_READ */
}

static long read_clock(int which, int64_t *seconds, int64_t *nanoseconds)
{
	/* struct __kernel_timespec of a 64-bit kernel. */
	int64_t now[2] = { 0, 0 };
	const long error = call(ARCH_NR_CLOCK_GETTIME, which, word(now), 0, 0);

	*seconds = now[0];
	*nanoseconds = now[1];
	return error;
}

long sys_time(int64_t *seconds)
{
	int64_t nanoseconds;

	return read_clock(0, seconds, &nanoseconds); /* CLOCK_REALTIME */
}

long sys_monotonic(uint64_t *nanoseconds)
{
	int64_t seconds, rest;
	const long error = read_clock(1, &seconds, &rest); /* CLOCK_MONOTONIC */

	*nanoseconds = (uint64_t)seconds * 1000000000u + (uint64_t)rest;
	return error;
}

long sys_sleep(uint64_t milliseconds)
{
	/* struct __kernel_old_timespec. */
	const long time[2] = { (long)(milliseconds / 1000), (long)(milliseconds % 1000 * 1000000) };

	return call(ARCH_NR_NANOSLEEP, word(time), 0, 0, 0);
}

long sys_geteuid(void)
{
	return call(ARCH_NR_GETEUID, 0, 0, 0, 0);
}

long sys_kexec_load(unsigned long entry, size_t count, const struct sys_kexec_segment *segments,
		    unsigned long flags)
{
	return call(ARCH_NR_KEXEC_LOAD, (long)entry, (long)count, word(segments), (long)flags);
}

long sys_memfd(const char *name, unsigned int flags)
{
	return call(ARCH_NR_MEMFD_CREATE, word(name), (long)flags, 0, 0);
}

long sys_kexec_file_load(int kernel, int initramfs, size_t cmdline_size, const char *cmdline,
			 unsigned long flags)
{
	return arch_syscall(ARCH_NR_KEXEC_FILE_LOAD, kernel, initramfs, (long)cmdline_size,
			    word(cmdline), (long)flags, 0);
}

_Noreturn void sys_exit(int code)
{
	for (;;)
		call(ARCH_NR_EXIT_GROUP, code, 0, 0, 0);
}
