/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failure.h"

void failure_clear(struct failure *f)
{
	f->status = STATUS_OK;
	f->message[0] = '\0';
	f->hint[0] = '\0';
}

struct text *failure_begin(struct failure *f, enum status status)
{
	f->status = status;
	f->hint[0] = '\0';
	text_init(&f->text, f->message, sizeof(f->message));
	return &f->text;
}

struct text *failure_hint(struct failure *f)
{
	text_init(&f->text, f->hint, sizeof(f->hint));
	return &f->text;
}

enum status failure_end(struct failure *f, const char *hint)
{
	if (hint != NULL)
		text_put(failure_hint(f), hint);
	return f->status;
}

enum status fail(struct failure *f, enum status status, const char *message, const char *hint)
{
	text_put(failure_begin(f, status), message);
	return failure_end(f, hint);
}

enum status fail_file(struct failure *f, enum status status, const char *doing, const char *path,
		      long error, const char *hint)
{
	struct text *t = failure_begin(f, status);

	text_put(t, doing);
	text_char(t, ' ');
	text_outside(t, path, str_length(path));
	text_put(t, ": ");
	text_errno(t, error);
	return failure_end(f, hint);
}

const char *status_name(enum status status)
{
	/* Names one behind the other: shorter than a table of addresses. */
#define STATUS_CODE(code, name) code,
#define STATUS_NAME(code, name) name "\0"
	static const uint8_t codes[] = { STATUS_NAMES(STATUS_CODE) };
	static const char names[] = STATUS_NAMES(STATUS_NAME) "unknown";
#undef STATUS_CODE
#undef STATUS_NAME
	const char *name = names;

	for (size_t i = 0; i < sizeof(codes) && codes[i] != status; i++)
		name += str_length(name) + 1;
	return name;
}
