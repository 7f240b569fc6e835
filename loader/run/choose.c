/* SPDX-License-Identifier: Apache-2.0 */
#include "run/choose.h"

#include "base/file.h"
#include "base/sys.h"
#include "run/arm.h"

static const struct root here = { .fd = SYS_HERE, .real = true };

/* Begins one: FOLDER/NAME, or NAME alone. */
static struct candidate *begin(uint32_t argument, const char *folder, const char *name)
{
	static struct candidate one;
	struct text t;

	one.argument = argument;
	one.named = folder == NULL;
	one.tried_first = false;
	one.epoch = 0;
	failure_clear(&one.failure);
	text_init(&t, one.path, sizeof(one.path));
	if (folder) {
		text_put(&t, folder);
		text_char(&t, '/');
	}
	text_put(&t, name);
	if (t.cut) {
		fail(&one.failure, STATUS_NO_FILE, "the path is too long", "name a shorter one");
		failure_detail(&one.failure, DETAIL_PATH_LONG);
	}
	return &one;
}

/* Signature, seal and identity, which is what its epoch is believed after. */
static void judge(struct attempt *a, struct candidates *c, struct candidate *one)
{
	if (one->failure.status == STATUS_OK) {
		a->path = one->path;
		if (attempt_walk(a, STEPS_HEAD | STEPS_IDENTITY) == STATUS_OK)
			one->epoch = a->seal.header.epoch;
		one->failure = a->failure;
	}
	candidates_add(c, one);
}

static void judge_folder(struct attempt *a, struct candidates *c, struct dir_reader *dir,
			 uint32_t argument, const char *folder)
{
	const char *name;
	bool any = false;
	long more;

	while ((more = dir_next(dir, &name)) > 0) {
		if (!candidates_is_bundle(name))
			continue;
		any = true;
		judge(a, c, begin(argument, folder, name));
	}
	if (more == 0 && any)
		return;
	struct candidate *const one = begin(argument, NULL, folder);
	if (more < 0) {
		fail_file(&one->failure, STATUS_NO_FILE, "cannot read", folder, more, NULL);
	} else {
		struct text *t = failure_begin(&one->failure, STATUS_NO_FILE);

		text_put(t, "no *" CANDIDATE_ENDING " in ");
		text_outside(t, folder, str_length(folder));
		failure_detail(&one->failure, DETAIL_FOLDER_WITHOUT);
		failure_path(&one->failure, folder);
		failure_end(&one->failure, "check the path");
	}
	candidates_add(c, one);
}

static void judge_all(struct attempt *a, struct candidates *c)
{
	static struct dir_reader dir;
	const struct options *const o = a->terms->options;

	for (uint32_t i = 0; i < o->bundle_count; i++) {
		if (dir_open(&dir, &here, o->bundles[i]) < 0) {
			judge(a, c, begin(i, NULL, o->bundles[i]));
		} else {
			judge_folder(a, c, &dir, i, o->bundles[i]);
			dir_close(&dir);
		}
	}
}

/* Of a file alone, nothing need be known to choose it. */
static bool take_only_one(const struct options *o, struct candidates *c)
{
	static struct dir_reader dir;

	if (o->bundle_count != 1)
		return false;
	if (dir_open(&dir, &here, o->bundles[0]) == 0) {
		dir_close(&dir);
		return false;
	}
	candidates_add(c, begin(0, NULL, o->bundles[0]));
	return true;
}

/* Of those that nothing speaks against yet; NULL when there is none. */
static struct candidate *best_of(struct candidates *c)
{
	struct candidate *best = NULL;

	for (uint32_t i = 0; i < c->count; i++) {
		struct candidate *const it = &c->item[i];

		if (it->failure.status == STATUS_OK && (!best || it->epoch > best->epoch))
			best = it;
	}
	return best;
}

/* Everything else was refused; once. */
static bool may_fall_back(const struct attempt *a)
{
	return a->terms->options->fallback && !a->stands_in;
}

/* It is armed, and the machine is not as it should be. */
static enum status tell_fallback(struct attempt *a, const struct candidates *c)
{
	const struct candidate *const first = &c->item[0];
	struct text *t = failure_begin(&a->failure, STATUS_FALLBACK_ARMED);

	text_put(t, a->report.armed ? "armed, but only the fallback: " : "would arm, but only the fallback: ");
	text_put(t, first->failure.message);
	failure_detail(&a->failure, first->failure.detail);
	failure_path(&a->failure, first->path);
	return failure_end(&a->failure, "put a good bundle there and load again");
}

/* Whose reason is the run's result, where all were refused: that of the one that would have been best. */
static const struct candidate *result_of(const struct candidates *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (c->item[i].tried_first)
			return &c->item[i];
	return &c->item[0];
}

enum status choose_and_arm(struct attempt *a, struct candidates *c)
{
	struct candidate *best;
	bool any = false;

	c->count = 0;
	c->left_out = 0;
	c->chosen = NULL;
	if (!take_only_one(a->terms->options, c))
		judge_all(a, c);
	while ((best = best_of(c)) || may_fall_back(a)) {
		if (!best) {
			a->stands_in = true;
			judge(a, c, begin(a->terms->options->bundle_count, NULL, a->terms->options->fallback));
			continue;
		}
		best->tried_first = !any;
		any = true;
		c->chosen = best;
		a->path = best->path;
		const enum status status = arm_one(a);
		best->failure = a->failure;
		if (status == STATUS_OK && a->stands_in)
			return tell_fallback(a, c);
		/* After a call that failed, nothing more is tried but what worked before. */
		if (status == STATUS_OK || a->called)
			return status;
	}
	/* The walk stopped at another. */
	c->chosen = result_of(c);
	a->path = c->chosen->path;
	a->failure = c->chosen->failure;
	if (c->count > 1)
		a->report.depth = REPORT_NOTHING;
	return a->failure.status;
}
