/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the loader stops: a status (the exit code), one sentence, and what to do next. For programs that
 * read the report also a detail from the declared table, the file it is about, and which one of several.
 *
 *	return fail(f, STATUS_BAD_ENVELOPE, "the archive has no end", "copy the bundle again");
 *
 *	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);
 *	text_put(t, "member 3 is ");
 *	text_outside(t, name, size);
 *	failure_detail(f, DETAIL_MEMBER_NAME);
 *	failure_index(f, 3);
 *	return failure_end(f, "build the bundle again");
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

#include "bundle_format.h"
#include "base/text.h"

/* A path of the machine: a seal's, or one of ours. What is longer is cut. */
#define FAILURE_PATH_BYTES 280

struct failure {
	enum status status;
	enum detail detail; /* DETAIL_NONE when the status says it all */
	bool has_index;
	uint32_t index; /* of the rule, live value, member or segment of the seal that it is about */
	char path[FAILURE_PATH_BYTES]; /* of the file that it is about, or empty */
	char message[512];
	char hint[256]; /* empty when there is nothing to advise */
	struct text text; /* what failure_begin() hands out */
};

void failure_clear(struct failure *f);
/* A failure whose words are known ahead. `hint` may be NULL. Returns `status`. */
enum status fail(struct failure *f, enum status status, const char *message, const char *hint);
/* A failure whose message is composed: write to the text that is returned, then failure_end(). */
struct text *failure_begin(struct failure *f, enum status status);
/* Sets the hint (may be NULL) and returns the status. */
enum status failure_end(struct failure *f, const char *hint);
/* For a composed hint: call after failure_begin(), instead of failure_end()'s. */
struct text *failure_hint(struct failure *f);
/* What programs may know, after failure_begin() or fail(), which clear it. */
void failure_detail(struct failure *f, enum detail detail);
void failure_index(struct failure *f, uint32_t index);
void failure_path(struct failure *f, const char *path);
/* With the detail that the error stands for, and the path. `doing` PATH: what the error means. "cannot read /etc/x: No such file or directory". */
enum status fail_file(struct failure *f, enum status status, const char *doing, const char *path,
		      long error, const char *hint);

/* The status's name in JSON: "bad-envelope". */
const char *status_name(enum status status);
/* And the detail's: "file-missing". */
const char *detail_name(enum detail detail);
/* What a message says of it; of a detail without words, nothing. */
const char *detail_words(enum detail detail);

#endif
