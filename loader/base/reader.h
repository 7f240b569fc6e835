/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way by which files of the machine are read: below a root, and written down in an archive
 * when facts are gathered. So `--facts` holds what a load reads, whatever readers are added.
 */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "bundle_format.h"

/* A file for each live value, two for each match rule. */
#define READER_WATCHED_MAX (SEAL_LIVE_MAX + 2 * SEAL_MATCH_MAX)

/* What a file held when it was read. */
struct watched {
	char path[SEAL_PATH_MAX + 5];
	size_t size;
	uint64_t hash;
};

struct reader {
	const struct root *root;
	/* Keep in mind what is read whole, for reader_unchanged(). */
	bool watching;
	uint32_t watched_count;
	struct watched watched[READER_WATCHED_MAX];
	/* Descriptor of the facts archive, or -1. */
	int facts;
	/* First error in writing it. */
	long facts_error;
	/* Files written (of every CPU two), so that one is not written twice: hashes of their names. */
	uint32_t seen_count;
	uint64_t seen[32768];
};

void reader_init(struct reader *reader, const struct root *root);

/* As file_read() and file_read_text(). */
long reader_read(struct reader *reader, const char *path, void *buf, size_t size, size_t *used);
long reader_text(struct reader *reader, const char *path, char *buf, size_t size, size_t *used);
/* The first bytes of a file, at most `size`, without a demand on its end; NUL-ended. */
long reader_text_start(struct reader *reader, const char *path, char *buf, size_t size,
		       size_t *used);
bool reader_exists(struct reader *reader, const char *path);

/* A number that is alone in its file. -SYS_EINVAL when it is not one. */
long reader_decimal(struct reader *reader, const char *path, uint64_t *value);
long reader_hex(struct reader *reader, const char *path, uint64_t *value);

/*
 * Reads again, in the same order, every file that was read while `watching` was set.
 * NULL, or the path of the first one that does not hold what it held.
 */
const char *reader_unchanged(struct reader *reader);

/* For readers that take a part of a file: note that these are its first bytes. */
void reader_record(struct reader *reader, const char *path, const void *bytes, size_t size);

#endif
