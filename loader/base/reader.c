/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include "base/scan.h"
#include "base/sys.h"
#include "base/ustar.h"
#include "memory.h"

void reader_init(struct reader *reader, const struct root *root)
{
	reader->root = root;
	reader->facts = -1;
	reader->facts_error = 0;
	reader->seen_count = 0;
	reader->watching = false;
	reader->watched_count = 0;
}

/* FNV-1a, 64 bits: against chance, not against who seeks a collision. */
static uint64_t hash_of(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;

	while (size-- > 0)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static void watch(struct reader *reader, const char *path, const void *bytes, size_t size)
{
	if (!reader->watching || reader->watched_count == READER_WATCHED_MAX)
		return;
	struct watched *w = &reader->watched[reader->watched_count++];
	struct text t;
	text_init(&t, w->path, sizeof(w->path));
	text_put(&t, path);
	w->size = size;
	w->hash = hash_of(bytes, size);
}

const char *reader_unchanged(struct reader *reader)
{
	static uint8_t bytes[65536];
	size_t used;

	for (uint32_t i = 0; i < reader->watched_count; i++) {
		const struct watched *w = &reader->watched[i];
		long error = file_read(reader->root, w->path, bytes, sizeof(bytes), &used);
		if (error < 0 || used != w->size || hash_of(bytes, used) != w->hash)
			return w->path;
	}
	return NULL;
}

void reader_record(struct reader *reader, const char *path, const void *bytes, size_t size)
{
	uint8_t header[USTAR_BLOCK];
	uint64_t hash = hash_of(path, str_length(path));

	if (reader->facts < 0 || reader->facts_error < 0)
		return;
	for (uint32_t i = 0; i < reader->seen_count; i++)
		if (reader->seen[i] == hash)
			return;
	if (reader->seen_count == sizeof(reader->seen) / sizeof(reader->seen[0])) {
		reader->facts_error = -SYS_EFBIG;
		return;
	}
	reader->seen[reader->seen_count++] = hash;
	if (!ustar_header(header, path[0] == '/' ? path + 1 : path, size)) {
		reader->facts_error = -SYS_ENAMETOOLONG;
		return;
	}
	long error = file_write_all(reader->facts, header, sizeof(header));
	if (error >= 0)
		error = file_write_all(reader->facts, bytes, size);
	mem_set(header, 0, sizeof(header));
	if (error >= 0 && size % USTAR_BLOCK != 0)
		error = file_write_all(reader->facts, header, USTAR_BLOCK - size % USTAR_BLOCK);
	reader->facts_error = error < 0 ? error : 0;
}

long reader_read(struct reader *reader, const char *path, void *buf, size_t size, size_t *used)
{
	long error = file_read(reader->root, path, buf, size, used);

	if (error == 0) {
		reader_record(reader, path, buf, *used);
		watch(reader, path, buf, *used);
	}
	return error;
}

long reader_text(struct reader *reader, const char *path, char *buf, size_t size, size_t *used)
{
	long error = file_read_text(reader->root, path, buf, size, used);

	if (error == 0) {
		reader_record(reader, path, buf, *used);
		watch(reader, path, buf, *used);
	}
	return error;
}

long reader_text_start(struct reader *reader, const char *path, char *buf, size_t size,
		       size_t *used)
{
	long fd = root_openat(reader->root, path, SYS_READ);
	size_t at = 0;

	*used = 0;
	if (fd < 0)
		return fd;
	while (at < size - 1) {
		long n = sys_read((int)fd, buf + at, size - 1 - at);
		if (n == -SYS_EINTR)
			continue;
		if (n < 0) {
			sys_close((int)fd);
			return n;
		}
		if (n == 0)
			break;
		at += (size_t)n;
	}
	sys_close((int)fd);
	buf[at] = '\0';
	for (size_t i = 0; i < at; i++)
		if (buf[i] == '\0')
			return -SYS_EINVAL;
	*used = at;
	reader_record(reader, path, buf, at);
	return 0;
}

bool reader_exists(struct reader *reader, const char *path)
{
	if (!file_exists(reader->root, path))
		return false;
	/* An empty file says as much as it needs to; directories become files, which exist too. */
	reader_record(reader, path, "", 0);
	return true;
}

static long read_number(struct reader *reader, const char *path, uint64_t *value,
			bool (*scan)(const char **, uint64_t *))
{
	char text[64];
	size_t used;
	long error = reader_text(reader, path, text, sizeof(text), &used);
	const char *at = text;

	if (error < 0)
		return error == -SYS_EFBIG ? -SYS_EINVAL : error;
	scan_space(&at);
	return scan(&at, value) && scan_done(at) ? 0 : -SYS_EINVAL;
}

long reader_decimal(struct reader *reader, const char *path, uint64_t *value)
{
	return read_number(reader, path, value, scan_decimal);
}

long reader_hex(struct reader *reader, const char *path, uint64_t *value)
{
	return read_number(reader, path, value, scan_hex_prefixed);
}
