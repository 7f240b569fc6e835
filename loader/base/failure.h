/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the loader stops: a status (the exit code), one sentence, and what to do next.
 *
 *	return fail(f, STATUS_BAD_ENVELOPE, "the archive has no end", "copy the bundle again");
 *
 *	struct text *t = failure_begin(f, STATUS_BAD_ENVELOPE);
 *	text_put(t, "member 3 is ");
 *	text_outside(t, name, size);
 *	return failure_end(f, "build the bundle again");
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "bundle_format.h"
#include "base/text.h"

struct failure {
	enum status status;
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
/* `doing` PATH: what the error means. "cannot read /etc/x: No such file or directory". */
enum status fail_file(struct failure *f, enum status status, const char *doing, const char *path,
		      long error, const char *hint);

/* The status's name in JSON: "bad-envelope". */
const char *status_name(enum status status);

#endif
