/* SPDX-License-Identifier: Apache-2.0 */
/* crashseal-load: verify a bundle, read this machine, place, fill, load, report. docs/loader.md. */
#include "run/main.h"

#include "base/sys.h"
#include "base/version.h"
#include "load/load.h"
#include "run/arm.h"
#include "run/choose.h"
#include "run/facts.h"
#include "run/say.h"
#include "run/armed.h"
#include "run/state.h"
#include "run/status.h"

/* Milliseconds. A load takes some hundred; the unit gives up after 90 s (TimeoutStartSec). */
#define LOCK_WAIT 60000u

static enum status arm(struct attempt *a, struct terms *terms)
{
	static struct candidates candidates;
	const struct options *const o = terms->options;
	struct failure *const f = &a->failure;
	enum status status;

	if (terms->root.real && o->action == ACTION_ARM && !o->emit) {
		status = lock_take(&terms->root, LOCK_WAIT, f);
		if (status != STATUS_OK)
			return status;
	}
	status = terms_read_floor(terms, f);
	if (status != STATUS_OK)
		return status;
	a->report.candidates = &candidates;
	status = choose_and_arm(a, &candidates);
	if (a->called && !load_armed(&a->reader))
		arm_last_good(a);
	/* So that --status can say why what is armed is not the newest. */
	if (status != STATUS_OK && terms->root.real && o->action == ACTION_ARM && !o->emit)
		refusal_keep(&terms->root, status == STATUS_FALLBACK_ARMED ?
						   candidates.item[0].failure.message :
						   a->failure.message);
	return status;
}

static enum status check(struct attempt *a, struct terms *terms)
{
	enum status status = terms_read_floor(terms, &a->failure);

	if (status != STATUS_OK)
		return status;
	a->path = terms->options->bundles[0];
	status = attempt_walk(a, STEPS_HEAD | STEPS_REST);
	if (status == STATUS_OK)
		a->report.action = "verified";
	return status;
}

static enum status gather(struct attempt *a, struct terms *terms)
{
	const char *const file = terms->options->facts;
	struct failure *const f = &a->failure;
	const struct seal *seal = NULL;
	struct sys_stat written;
	int fd = 1;

	if (terms->options->bundle_count > 0) {
		/* A floor that is bad is a fact as well. */
		terms_read_floor(terms, f);
		a->path = terms->options->bundles[0];
		const enum status status = attempt_walk(a, STEPS_HEAD);
		if (status != STATUS_OK)
			return status;
		seal = &a->seal;
	}
	if (file) {
		long opened = sys_openat(SYS_HERE, file, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, 0600);
		if (opened < 0)
			return fail_file(f, STATUS_FAILED, "cannot write", file, opened, NULL);
		fd = (int)opened;
	}
	const enum status status = facts_write(fd, &a->machine, &a->reader, seal, f);
	/* A part of the facts would show another machine. A device or pipe that was named stays. */
	if (file && status != STATUS_OK && sys_stat_fd(fd, &written) == 0 && sys_is_regular(&written))
		sys_unlinkat(SYS_HERE, file, 0);
	return status;
}

static enum status unload(struct attempt *a)
{
	const struct root *const root = &a->terms->root;
	enum status status = lock_take(root, LOCK_WAIT, &a->failure);

	if (status != STATUS_OK)
		return status;
	status = load_unload(&a->reader, &a->failure);
	if (status == STATUS_OK) {
		a->report.action = "unloaded";
		record_drop(root);
		refusal_drop(root);
	}
	return status;
}

static int refused(const struct failure *f)
{
	say_error("error: ", f);
	return (int)f->status;
}

int loader_run(int argc, char **argv, char **envp)
{
	static struct attempt attempt;
	struct options options;
	struct terms terms;
	enum status status;

	(void)envp;
	failure_clear(&attempt.failure);
	if (options_parse(&options, argc, argv, &attempt.failure) != STATUS_OK)
		return refused(&attempt.failure);
	if (options.action == ACTION_HELP) {
		file_write_all(1, options_help, str_length(options_help));
		return STATUS_OK;
	}
	if (options.action == ACTION_VERSION) {
		static const char version[] = "crashseal-load " CRASHSEAL_VERSION "\n";
		file_write_all(1, version, sizeof(version) - 1);
		return STATUS_OK;
	}
	if (terms_begin(&terms, &options, &attempt.failure) != STATUS_OK)
		return refused(&attempt.failure);
	attempt_begin(&attempt, &terms);
	switch (options.action) {
	case ACTION_STATUS:
		status = status_show(&attempt, &terms);
		return attempt.failure.status == STATUS_OK ? (int)status : refused(&attempt.failure);
	case ACTION_FACTS:
		status = gather(&attempt, &terms);
		return status == STATUS_OK ? STATUS_OK : refused(&attempt.failure);
	case ACTION_UNLOAD:
		status = unload(&attempt);
		break;
	case ACTION_CHECK:
		status = check(&attempt, &terms);
		break;
	default:
		status = arm(&attempt, &terms);
		break;
	}
	/* What is armed is armed: the time is of the work, not of the report. */
	if (attempt.report.milliseconds == 0)
		attempt.report.milliseconds = terms_milliseconds(&terms);
	say_result(&attempt.report, options.json);
	return (int)status;
}
