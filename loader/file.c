/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include "memory.h"
#include "sys.h"

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

/* The next name of `path` into `name`; moves `path` behind it and the slashes that follow. */
static long next_name(const char **path, char name[static 256])
{
	const char *p = *path;
	size_t n = 0;

	for (; p[n] != '\0' && p[n] != '/'; n++) {
		if (n == 255)
			return -SYS_ENAMETOOLONG;
		name[n] = p[n];
	}
	name[n] = '\0';
	for (p += n; *p == '/'; p++)
		;
	*path = p;
	return str_equal(name, "..") ? -SYS_EXDEV : 0;
}

/* For kernels without openat2(2): one name at a time, and no links at all. */
static long open_by_steps(int root, const char *path, int flags)
{
	const int step = SYS_PATH | sys_flag_directory() | sys_flag_no_follow();
	char name[256];
	int dir = root;

	while (*path == '/')
		path++;
	for (;;) {
		long fd = next_name(&path, name);
		const bool last = *path == '\0';

		if (fd == 0)
			fd = sys_openat(dir, name[0] == '\0' ? "." : name,
					last ? flags | sys_flag_no_follow() : step, 0);
		if (dir != root)
			sys_close(dir);
		if (fd < 0 || last)
			return fd;
		dir = (int)fd;
	}
}

long root_openat(const struct root *root, const char *path, int flags)
{
	long fd;

	if (root->real)
		return sys_openat(SYS_HERE, path, flags, 0);
	fd = sys_open_below(root->fd, path, flags, 0);
	if (fd == -SYS_ENOSYS)
		fd = open_by_steps(root->fd, path, flags);
	return fd;
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

long file_read_at(const struct root *root, const char *path, void *buf, size_t size,
		  uint64_t offset)
{
	const long fd = root_openat(root, path, SYS_READ);
	uint8_t *to = buf;
	long got = 0;

	if (fd < 0)
		return fd;
	while (size > 0) {
		got = sys_pread((int)fd, to, size, offset);
		if (got == -SYS_EINTR)
			continue;
		if (got <= 0)
			break;
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	sys_close((int)fd);
	if (size == 0)
		return 0;
	return got < 0 ? got : -SYS_ERANGE;
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

long file_replace(int dir, const char *name, const void *bytes, size_t size, unsigned int mode)
{
	char temporary[256];
	struct text t;
	long fd, error;

	text_init(&t, temporary, sizeof(temporary));
	text_put(&t, name);
	text_put(&t, ".new");
	if (t.cut)
		return -SYS_ENAMETOOLONG;
	fd = sys_openat(dir, temporary, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE | sys_flag_no_follow(),
			mode);
	if (fd < 0)
		return fd;
	error = file_write_all((int)fd, bytes, size);
	if (error == 0)
		error = sys_fsync((int)fd);
	sys_close((int)fd);
	if (error == 0)
		error = sys_renameat(dir, temporary, dir, name);
	if (error < 0)
		sys_unlinkat(dir, temporary, 0);
	return error;
}

long lines_open(struct line_reader *reader, const struct root *root, const char *path)
{
	const long fd = root_openat(root, path, SYS_READ);

	reader->fd = (int)fd;
	reader->at = 0;
	reader->used = 0;
	reader->end = false;
	return fd < 0 ? fd : 0;
}

long lines_next(struct line_reader *reader, char **line, size_t *length)
{
	size_t scanned = 0;

	for (;;) {
		char *const start = reader->buf + reader->at;
		const size_t have = reader->used - reader->at;
		long got;

		for (; scanned < have; scanned++) {
			if (start[scanned] == '\n') {
				start[scanned] = '\0';
				reader->at += scanned + 1;
				*line = start;
				*length = scanned;
				return 1;
			}
		}
		if (reader->end) {
			if (have == 0)
				return 0;
			start[have] = '\0'; /* a last line without newline; see the room below */
			reader->at = reader->used;
			*line = start;
			*length = have;
			return 1;
		}
		mem_move(reader->buf, start, have);
		reader->at = 0;
		reader->used = have;
		/* One byte stays free for that NUL. */
		if (have == sizeof(reader->buf) - 1)
			return -SYS_EFBIG;
		got = read_some(reader->fd, reader->buf + have, sizeof(reader->buf) - 1 - have);
		if (got < 0)
			return got;
		reader->end = got == 0;
		reader->used += (size_t)got;
	}
}

void lines_close(struct line_reader *reader)
{
	sys_close(reader->fd);
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

/* The file is open and `before` is its state. */
static enum status load_open(int fd, const char *path, const struct sys_stat *before,
			     enum status status, struct file_image *image, struct failure *f)
{
	struct sys_stat after;
	size_t got = 0;
	void *pages;
	long error;

	error = sys_pages(image->mapped, true, &pages);
	if (error < 0)
		return fail_file(f, STATUS_FAILED, "no memory for", path, error, NULL);
	image->bytes = pages;
	error = read_to_end(fd, image->bytes, image->size, &got);
	if (error == 0 || error == -SYS_EFBIG) {
		const long unknown = sys_stat_fd(fd, &after);

		if (unknown < 0)
			error = unknown;
		else if (error < 0 || got != image->size || !same_state(before, &after))
			error = -SYS_ESTALE;
	}
	if (error == 0)
		return STATUS_OK;
	file_unload(image);
	return fail_file(f, status, "cannot read", path, error,
			 error == -SYS_ESTALE ? "let whatever writes it finish, then try again" : NULL);
}

enum status file_load(const char *path, uint64_t limit, enum status status,
		      struct file_image *image, struct failure *f)
{
	const long fd = sys_openat(SYS_HERE, path, SYS_READ | SYS_NO_WAIT, 0);
	struct sys_stat before;
	enum status result;
	long error;

	image->bytes = NULL;
	image->size = 0;
	image->mapped = 0;
	if (fd < 0)
		return fail_file(f, status, "cannot open", path, fd,
				 fd == -SYS_ENOENT ? "check the path" :
				 fd == -SYS_EACCES || fd == -SYS_EPERM ? "run as root" : NULL);
	error = sys_stat_fd((int)fd, &before);
	if (error < 0) {
		result = fail_file(f, status, "cannot examine", path, error, NULL);
	} else if (!sys_is_regular(&before)) {
		struct text *t = failure_begin(f, status);

		text_outside(t, path, str_length(path));
		text_put(t, " is not a regular file");
		result = failure_end(f, "name a file");
	} else if (before.size == 0 || before.size > limit || before.size > SIZE_MAX - 65536) {
		struct text *t = failure_begin(f, status);

		text_outside(t, path, str_length(path));
		if (before.size == 0) {
			text_put(t, " is empty");
		} else {
			text_put(t, " is ");
			text_size(t, before.size);
			text_put(t, ", more than the ");
			text_size(t, limit);
			text_put(t, " that are allowed");
		}
		result = failure_end(f, NULL);
	} else {
		image->owner = before.owner;
		image->mode = before.mode;
		image->size = (size_t)before.size;
		/* 64 KiB is the largest page size of the architectures we load on. */
		image->mapped = (image->size + 65535) & ~(size_t)65535;
		result = load_open((int)fd, path, &before, status, image, f);
	}
	sys_close((int)fd);
	return result;
}

void file_unload(struct file_image *image)
{
	if (image->bytes != NULL)
		sys_pages_free(image->bytes, image->mapped);
	image->bytes = NULL;
}
