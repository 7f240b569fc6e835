/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failure.h"

#include "base/sys.h"

static void set(struct failure *f, enum status status)
{
	f->status = status;
	f->detail = DETAIL_NONE;
	f->has_index = false;
	f->index = 0;
	f->path[0] = '\0';
	f->message[0] = '\0';
	f->hint[0] = '\0';
}

void failure_clear(struct failure *f)
{
	set(f, STATUS_OK);
}

struct text *failure_begin(struct failure *f, enum status status)
{
	set(f, status);
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

void failure_detail(struct failure *f, enum detail detail)
{
	f->detail = detail;
}

void failure_index(struct failure *f, uint32_t index)
{
	f->has_index = true;
	f->index = index;
}

void failure_path(struct failure *f, const char *path)
{
	struct text t;

	text_init(&t, f->path, sizeof(f->path));
	text_put(&t, path);
}

static enum detail detail_of(long error)
{
	switch (error) {
	case -SYS_ENOENT:
	case -SYS_ENOTDIR:
		return DETAIL_FILE_MISSING;
	case -SYS_EINVAL:
	case -SYS_EFBIG:
	case -SYS_ERANGE:
		return DETAIL_FILE_FORM;
	default:
		return DETAIL_FILE_UNREADABLE;
	}
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
	failure_detail(f, detail_of(error));
	failure_path(f, path);
	return failure_end(f, hint);
}

/* Names one after the other: shorter than a table of addresses. */
static const char *name_of(const uint16_t *codes, size_t count, const char *names, unsigned int code)
{
	for (size_t i = 0; i < count && codes[i] != code; i++)
		names += str_length(names) + 1;
	return names;
}

#define CODE(code, name) code,
#define NAME(code, name) name "\0"

const char *status_name(enum status status)
{
	static const uint16_t codes[] = { STATUS_NAMES(CODE) };

	return name_of(codes, sizeof(codes) / sizeof(codes[0]), STATUS_NAMES(NAME) "unknown", status);
}

const char *detail_name(enum detail detail)
{
	static const uint16_t codes[] = { DETAIL_NAMES(CODE) };

	return name_of(codes, sizeof(codes) / sizeof(codes[0]), DETAIL_NAMES(NAME) "unknown", detail);
}

const char *detail_words(enum detail detail)
{
	static const uint16_t codes[] = { DETAIL_WORDS(CODE) };

	return name_of(codes, sizeof(codes) / sizeof(codes[0]), DETAIL_WORDS(NAME) "", detail);
}
