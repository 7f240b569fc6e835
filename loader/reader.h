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

#include "file.h"

struct reader {
	const struct root *root;
	/* Descriptor of the facts archive, or -1. */
	int facts;
	/* First error in writing it. */
	long facts_error;
	/* Files written, so that one is not written twice: hashes of their names. */
	uint32_t seen_count;
	uint64_t seen[16384];
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

/* For readers that take a part of a file: note that these are its first bytes. */
void reader_record(struct reader *reader, const char *path, const void *bytes, size_t size);

#endif
