/* SPDX-License-Identifier: Apache-2.0 */
#include "run/candidates.h"

#include "base/file.h"
#include "base/sys.h"
#include "memory.h"

static enum status no_candidate(struct failure *f, const char *what, const char *path,
				const char *hint)
{
	struct text *t = failure_begin(f, STATUS_NO_FILE);

	text_put(t, what);
	text_outside(t, path, str_length(path));
	return failure_end(f, hint);
}

/* FOLDER/NAME, or NAME alone, after the last. */
static enum status add(struct candidates *c, const char *folder, const char *name, struct failure *f)
{
	struct text t;

	if (c->count == CANDIDATES_MAX) {
		no_candidate(f, "too many bundles: ", name, "name fewer");
		failure_detail(f, DETAIL_TOO_MANY_BUNDLES);
		return STATUS_NO_FILE;
	}
	struct candidate *const it = &c->item[c->count];
	it->epoch = 0;
	failure_clear(&it->failure);
	text_init(&t, it->path, sizeof(it->path));
	if (folder) {
		text_put(&t, folder);
		text_char(&t, '/');
	}
	text_put(&t, name);
	if (t.cut)
		return no_candidate(f, "too long a path: ", name, NULL);
	c->count++;
	return STATUS_OK;
}

static bool comes_before(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a < (uint8_t)*b;
}

static bool is_bundle(const char *name)
{
	static const char ending[] = CANDIDATE_ENDING;
	const size_t length = str_length(name);

	return length >= sizeof(ending) && str_equal(name + length - (sizeof(ending) - 1), ending);
}

static enum status add_folder(struct candidates *c, struct dir_reader *dir, const char *folder,
			      struct failure *f)
{
	const uint32_t first = c->count;
	enum status status = STATUS_OK;
	const char *name;
	long more;

	while (status == STATUS_OK && (more = dir_next(dir, &name)) > 0) {
		if (!is_bundle(name))
			continue;
		status = add(c, folder, name, f);
		for (uint32_t i = c->count; status == STATUS_OK && --i > first &&
					    comes_before(c->item[i].path, c->item[i - 1].path);) {
			static struct candidate swap;
			swap = c->item[i];
			c->item[i] = c->item[i - 1];
			c->item[i - 1] = swap;
		}
	}
	if (status == STATUS_OK && more < 0)
		return fail_file(f, STATUS_NO_FILE, "cannot read", folder, more, NULL);
	if (status == STATUS_OK && c->count == first)
		return no_candidate(f, "no *" CANDIDATE_ENDING " in ", folder, "check the path");
	return status;
}

enum status candidates_list(struct candidates *c, char *const *paths, uint32_t count,
			    struct failure *f)
{
	static const struct root here = { .fd = SYS_HERE, .real = true };
	enum status status = STATUS_OK;

	c->count = 0;
	c->chosen = NULL;
	for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
		static struct dir_reader dir;

		if (dir_open(&dir, &here, paths[i]) < 0) {
			status = add(c, NULL, paths[i], f);
		} else {
			status = add_folder(c, &dir, paths[i], f);
			dir_close(&dir);
		}
	}
	return status;
}
