/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the loader needs them: whole, bounded, and below one directory. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/sys.h"

/*
 * The directory that /proc, /sys, /run and /etc are read below. With `--root DIR` DIR is "/" for paths
 * and links below it: none leads out of it.
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
/* file_read() with a NUL after it, so at most size - 1 bytes; -SYS_EINVAL when the file holds a NUL. */
long file_read_text(const struct root *root, const char *path, char *buf, size_t size,
		    size_t *used);
bool file_exists(const struct root *root, const char *path);
/* Reads up to `size` bytes at `offset`, fewer only at the end: how many, or -errno. */
long file_read_part(int fd, void *buf, size_t size, uint64_t offset);
/* Reads exactly `size` bytes at `offset`; -SYS_ERANGE when the file ends before. */
long file_read_at(const struct root *root, const char *path, void *buf, size_t size,
		  uint64_t offset);

/* Writes all of `bytes`, however often write(2) has to be called. */
long file_write_all(int fd, const void *bytes, size_t size);
/* Writes DIR/NAME by way of a temporary name, so that it is never seen half written. */
long file_replace(int dir, const char *name, const void *bytes, size_t size, unsigned int mode);
/*
 * The same in parts: a new file NAME.new that nobody else has open, to be written by the caller; then
 * `error`, or 0 and it takes its name, for good when this returns. After an error nothing is left of it.
 */
long file_new(int dir, const char *name, unsigned int mode);
long file_done(int dir, const char *name, int fd, long error);

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

/*
 * A whole file in pages of its own, zero after its end up to the end of the page. It may be read in
 * two parts, of which the first is judged before the second costs anything.
 */
struct file_image {
	int fd; /* of the file; -1 when it is closed */
	uint8_t *bytes;
	size_t size; /* of the file */
	size_t have; /* the bytes of it that were read */
	size_t mapped;
	struct sys_stat state; /* when it was opened */
};
/*
 * Opens `path` (relative to the working directory, outside of any root): a regular file of at most
 * `limit` bytes. Failures carry `status`, except that running out of memory is STATUS_FAILED.
 */
enum status file_open(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f);
/*
 * Reads on until `upto` bytes are there, or all of it; and nobody may have changed it since it was
 * opened, which includes giving its name to another file.
 */
enum status file_read_on(struct file_image *image, size_t upto, const char *path,
			 enum status status, struct failure *f);
bool file_is_as_opened(const struct file_image *image);
void file_close(struct file_image *image);
/* All of that at once: the whole file, closed again. */
enum status file_load(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f);
/* Gives the pages back, all but the first `keep` bytes, and closes. Zeros are an image too. */
void file_unload(struct file_image *image, size_t keep);

#endif
