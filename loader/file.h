/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the loader needs them: whole, bounded, and below one directory. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "sys.h"

/*
 * The directory that /proc, /sys, /run and /etc are read below. With `--root DIR` no path and no
 * link leads out of DIR; on a kernel without openat2(2) links below DIR are refused (-SYS_ELOOP).
 */
struct root {
	int fd;
	bool real; /* the machine's own "/" */
};

/* All of these return 0 (or a descriptor, or a count) or -errno. Paths start with "/". */
long root_open(struct root *root, const char *dir);
long root_openat(const struct root *root, const char *path, int flags);

/*
 * Reads the whole of a file, whose size the kernel may not tell ahead (/proc, /sys).
 * After: 0 and `*used` bytes in buf; or -errno, among them -SYS_EFBIG when it holds more than
 * `size` bytes. On an error *used is 0.
 */
long file_read(const struct root *root, const char *path, void *buf, size_t size, size_t *used);
/* The same, and whose file it is (`st`, unless NULL); does not wait for a FIFO's writer. */
long file_read_stat(const struct root *root, const char *path, void *buf, size_t size, size_t *used,
		    struct sys_stat *st);
/* file_read() with a NUL behind it, so at most size - 1 bytes; -SYS_EINVAL when the file holds a NUL. */
long file_read_text(const struct root *root, const char *path, char *buf, size_t size,
		    size_t *used);
bool file_exists(const struct root *root, const char *path);
/* Reads exactly `size` bytes at `offset`; -SYS_ERANGE when the file ends before. */
long file_read_at(const struct root *root, const char *path, void *buf, size_t size,
		  uint64_t offset);

/* Writes all of `bytes`, however often write(2) has to be called. */
long file_write_all(int fd, const void *bytes, size_t size);
/* Writes DIR/NAME by way of a temporary name, so that it is never seen half written. */
long file_replace(int dir, const char *name, const void *bytes, size_t size, unsigned int mode);

/*
 * Lines of a file of any size (/proc/kallsyms has millions of bytes), without their newline.
 * A line longer than the buffer ends the reading with -SYS_EFBIG.
 */
struct line_reader {
	int fd;
	size_t at, used;
	bool end;
	char buf[4096];
};
long lines_open(struct line_reader *reader, const struct root *root, const char *path);
/* 1 and a NUL-ended line, 0 at the end, or -errno. The line is good until the next call. */
long lines_next(struct line_reader *reader, char **line, size_t *length);
void lines_close(struct line_reader *reader);

/* Names in a directory, in the kernel's order, without "." and "..". */
struct dir_reader {
	int fd;
	size_t at, used;
	_Alignas(8) uint8_t buf[2048];
};
long dir_open(struct dir_reader *reader, const struct root *root, const char *path);
/* 1 and a name, 0 at the end, or -errno. The name is good until the next call. */
long dir_next(struct dir_reader *reader, const char **name);
void dir_close(struct dir_reader *reader);

/* A whole file in pages of its own, zero behind its end up to the end of the page. */
struct file_image {
	uint8_t *bytes;
	size_t size;
	size_t mapped;
	uint32_t owner;
	uint32_t mode;
};
/*
 * Loads `path` (relative to the working directory, outside of any root): a regular file of at most
 * `limit` bytes that nobody changes while it is read. Failures carry `status`, except that running
 * out of memory is STATUS_FAILED.
 */
enum status file_load(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f);
void file_unload(struct file_image *image);

#endif
