/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/below.h"
#include "memory.h"
#include "base/sys.h"

enum { NEW_NAME_BYTES = 256 };

long root_open(struct root *root, const char *dir)
{
	long fd;

	root->real = str_equal(dir, "/");
	root->fd = SYS_HERE;
	if (root->real)
		return 0;
	fd = sys_openat(SYS_HERE, dir, SYS_PATH | sys_flag_directory(), 0);
	if (fd < 0)
		return fd;
	root->fd = (int)fd;
	return 0;
}

long root_openat(const struct root *root, const char *path, int flags)
{
	struct sys_stat state;
	long fd;

	if (root->real)
		return sys_openat(SYS_HERE, path, flags, 0);
	/*
	 * Anyone may have made this file. A FIFO would block us and /dev/zero never ends, so only
	 * regular files and folders are opened.
	 */
	if ((flags & SYS_PATH) == 0)
		flags |= SYS_NO_WAIT;
	fd = sys_open_below(root->fd, path, flags, 0);
	if (fd == -SYS_ENOSYS)
		fd = open_below_by_steps(root->fd, path, flags);
	if (fd < 0 || (flags & SYS_PATH) != 0)
		return fd;
	if (sys_stat_fd((int)fd, &state) == 0 && (sys_is_regular(&state) || sys_is_directory(&state)))
		return fd;
	sys_close((int)fd);
	return -SYS_EINVAL;
}

static long read_some(int fd, void *buf, size_t size)
{
	long n;

	do
		n = sys_read(fd, buf, size);
	while (n == -SYS_EINTR);
	return n;
}

static long read_to_end(int fd, uint8_t *buf, size_t size, size_t *used)
{
	size_t n = 0;
	uint8_t beyond;

	while (n < size) {
		const long got = read_some(fd, buf + n, size - n);

		if (got < 0)
			return got;
		if (got == 0) {
			*used = n;
			return 0;
		}
		n += (size_t)got;
	}
	/* Full: only the end of the file may follow. */
	const long more = read_some(fd, &beyond, 1);

	if (more < 0)
		return more;
	if (more > 0)
		return -SYS_EFBIG;
	*used = n;
	return 0;
}

long file_read_stat(const struct root *root, const char *path, void *buf, size_t size, size_t *used,
		    struct sys_stat *st)
{
	const long fd = root_openat(root, path, SYS_READ | (st != NULL ? SYS_NO_WAIT : 0));
	long error = 0;

	*used = 0;
	if (fd < 0)
		return fd;
	if (st != NULL)
		error = sys_stat_fd((int)fd, st);
	if (error == 0)
		error = read_to_end((int)fd, buf, size, used);
	sys_close((int)fd);
	return error;
}

long file_read(const struct root *root, const char *path, void *buf, size_t size, size_t *used)
{
	return file_read_stat(root, path, buf, size, used, NULL);
}

long file_read_text(const struct root *root, const char *path, char *buf, size_t size, size_t *used)
{
	const long error = file_read(root, path, buf, size - 1, used);

	buf[*used] = '\0';
	if (error < 0)
		return error;
	return str_length(buf) == *used ? 0 : -SYS_EINVAL;
}

bool file_exists(const struct root *root, const char *path)
{
	/* SYS_PATH asks for no permission on the file itself. */
	const long fd = root_openat(root, path, SYS_PATH);

	if (fd < 0)
		return false;
	sys_close((int)fd);
	return true;
}

long file_read_part(int fd, void *buf, size_t size, uint64_t offset)
{
	uint8_t *const to = buf;
	size_t have = 0;

	while (have < size) {
		const long got = sys_pread(fd, to + have, size - have, offset + have);

		if (got == -SYS_EINTR)
			continue;
		if (got < 0)
			return got;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (long)have;
}

long file_read_at(const struct root *root, const char *path, void *buf, size_t size,
		  uint64_t offset)
{
	const long fd = root_openat(root, path, SYS_READ);

	if (fd < 0)
		return fd;
	const long got = file_read_part((int)fd, buf, size, offset);
	sys_close((int)fd);
	if (got < 0)
		return got;
	return (size_t)got == size ? 0 : -SYS_ERANGE;
}

long file_write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	while (size > 0) {
		const long n = sys_write(fd, from, size);

		if (n == -SYS_EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			return -SYS_EIO;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

static void new_name(char name_new[static NEW_NAME_BYTES], const char *name)
{
	struct text t;

	text_init(&t, name_new, NEW_NAME_BYTES);
	text_put(&t, name);
	text_put(&t, ".new");
}

long file_new(int dir, const char *name, unsigned int mode)
{
	char name_new[NEW_NAME_BYTES];

	new_name(name_new, name);
	/* What was left there, or put there by another, must not be written through. */
	sys_unlinkat(dir, name_new, 0);
	return sys_openat(dir, name_new, SYS_WRITE | SYS_CREATE | SYS_EXCLUSIVE, mode);
}

long file_done(int dir, const char *name, int fd, long error)
{
	char name_new[NEW_NAME_BYTES];

	new_name(name_new, name);
	if (error == 0)
		error = sys_fsync(fd);
	sys_close(fd);
	if (error == 0)
		error = sys_renameat(dir, name_new, dir, name);
	if (error < 0)
		sys_unlinkat(dir, name_new, 0);
	else
		error = sys_fsync(dir);
	return error;
}

long file_replace(int dir, const char *name, const void *bytes, size_t size, unsigned int mode)
{
	const long fd = file_new(dir, name, mode);

	return fd < 0 ? fd : file_done(dir, name, (int)fd, file_write_all((int)fd, bytes, size));
}

long dir_open(struct dir_reader *reader, const struct root *root, const char *path)
{
	const long fd = root_openat(root, path, SYS_READ | sys_flag_directory());

	reader->fd = (int)fd;
	reader->at = 0;
	reader->used = 0;
	return fd < 0 ? fd : 0;
}

long dir_next(struct dir_reader *reader, const char **name)
{
	for (;;) {
		/* struct linux_dirent64 (getdents(2)): d_reclen at 16, d_name at 19. */
		const uint8_t *entry;
		uint16_t size;

		if (reader->at == reader->used) {
			const long got = sys_getdents(reader->fd, reader->buf, sizeof(reader->buf));

			if (got <= 0)
				return got;
			reader->at = 0;
			reader->used = (size_t)got;
		}
		entry = reader->buf + reader->at;
		mem_copy(&size, entry + 16, sizeof(size)); /* in the machine's own byte order */
		reader->at += size;
		*name = (const char *)(entry + 19);
		if (!str_equal(*name, ".") && !str_equal(*name, ".."))
			return 1;
	}
}

void dir_close(struct dir_reader *reader)
{
	sys_close(reader->fd);
}

static bool same_state(const struct sys_stat *a, const struct sys_stat *b)
{
	return a->size == b->size && a->mtime == b->mtime && a->mtime_ns == b->mtime_ns &&
	       a->ctime == b->ctime && a->ctime_ns == b->ctime_ns;
}

bool file_is_as_opened(const struct file_image *image)
{
	struct sys_stat now;

	return sys_stat_fd(image->fd, &now) == 0 && same_state(&image->state, &now);
}

void file_close(struct file_image *image)
{
	if (image->fd > 0)
		sys_close(image->fd);
	image->fd = -1;
}

enum status file_open(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f)
{
	const long fd = sys_openat(SYS_HERE, path, SYS_READ | SYS_NO_WAIT, 0);
	struct sys_stat *const state = &image->state;
	struct text *t;
	long error;

	*image = (struct file_image){ .fd = (int)fd };
	if (fd < 0)
		return fail_file(f, status, "cannot open", path, fd,
				 fd == -SYS_ENOENT ? "check the path" :
				 fd == -SYS_EACCES || fd == -SYS_EPERM ? "run as root" : NULL);
	error = sys_stat_fd((int)fd, state);
	if (error < 0) {
		fail_file(f, status, "cannot examine", path, error, NULL);
	} else if (!sys_is_regular(state)) {
		t = failure_begin(f, status);
		text_outside(t, path, str_length(path));
		text_put(t, " is not a regular file");
		failure_detail(f, DETAIL_FILE_KIND);
		failure_path(f, path);
		failure_end(f, "name a file");
	} else if (state->size == 0 || state->size > limit || state->size > SIZE_MAX - 65536) {
		t = failure_begin(f, status);
		text_outside(t, path, str_length(path));
		if (state->size == 0) {
			text_put(t, " is empty");
			failure_detail(f, DETAIL_FILE_EMPTY);
		} else {
			text_put(t, " is ");
			text_size(t, state->size);
			text_put(t, ", more than the ");
			text_size(t, limit);
			text_put(t, " that are allowed");
			failure_detail(f, DETAIL_FILE_LARGE);
		}
		failure_path(f, path);
	} else {
		void *pages;

		image->size = (size_t)state->size;
		/* 64 KiB is the largest page size of the architectures we load on. */
		image->mapped = (image->size + 65535) & ~(size_t)65535;
		error = sys_pages(image->mapped, &pages);
		if (error == 0) {
			image->bytes = pages;
			return STATUS_OK;
		}
		status = STATUS_FAILED;
		fail_file(f, status, "no memory for", path, error, NULL);
	}
	file_close(image);
	return status;
}

enum status file_read_on(struct file_image *image, size_t upto, const char *path,
			 enum status status, struct failure *f)
{
	long got = 1;

	if (upto > image->size)
		upto = image->size;
	while (image->have < upto && got > 0) {
		got = read_some(image->fd, image->bytes + image->have, upto - image->have);
		if (got > 0)
			image->have += (size_t)got;
	}
	/* One that grew shows that in its state. */
	if (got >= 0 && (got == 0 || !file_is_as_opened(image)))
		got = -SYS_ESTALE;
	if (got > 0)
		return STATUS_OK;
	file_unload(image, 0);
	return fail_file(f, status, "cannot read", path, got,
			 got == -SYS_ESTALE ? "let whatever writes it finish, then try again" : NULL);
}

enum status file_load(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f)
{
	enum status result = file_open(path, limit, status, image, f);

	if (result == STATUS_OK)
		result = file_read_on(image, SIZE_MAX, path, status, f);
	file_close(image);
	return result;
}

void file_unload(struct file_image *image, size_t keep)
{
	file_close(image);
	if (keep < image->mapped)
		sys_pages_free(image->bytes + keep, image->mapped - keep);
	else
		keep = image->mapped;
	image->mapped = keep;
}
