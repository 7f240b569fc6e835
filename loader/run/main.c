/* SPDX-License-Identifier: Apache-2.0 */
/* crashseal-load: verify a bundle, read this machine, place, fill, load, report. docs/loader.md. */
#include "run/main.h"

#include "cpu_features.h"
#include "run/facts.h"
#include "run/run.h"
#include "base/sys.h"
#include "base/version.h"

/* The floor is that of the moment, so it is read once nobody else changes it. */
static enum status read_floor(struct run *run)
{
	enum status status = floor_read(&run->reader, &run->floor, &run->failure);

	if (run->now < run->floor.time)
		run->now = run->floor.time;
	return status;
}

enum status run_begin(struct run *run, const struct root *root)
{
	int64_t now = 0;

	run->root = *root;
	reader_init(&run->reader, &run->root);
	run->now = run->options.now;
	if (!run->options.has_now) {
		long error = sys_time(&now);
		if (error < 0 || now < 0)
			return fail(&run->failure, STATUS_CLOCK_WRONG, "the clock cannot be read", NULL);
		run->now = (uint64_t)now;
	}
	run->called = false;
	run->hash_features = cpu_features_detect();
	run->report = (struct report){
		.action = "refused",
		.depth = REPORT_NOTHING,
		.seal = &run->seal,
		.signers = &run->signers,
		.machine = &run->machine,
		.load = &run->load,
		.failure = &run->failure,
		.running_release = run->release,
	};
	if (run->options.action != ACTION_FACTS)
		release_read(&run->reader, run->release, sizeof(run->release));
	sys_monotonic(&run->started);
	return STATUS_OK;
}

static enum status arm(struct run *run, struct candidates *candidates)
{
	const struct options *o = &run->options;
	enum status status =
		candidates_list(candidates, o->bundles, o->bundle_count, &run->failure);

	if (status == STATUS_OK && run->root.real && o->action == ACTION_ARM && !o->emit)
		status = lock_take(&run->root, &run->failure);
	if (status == STATUS_OK)
		status = read_floor(run);
	if (status != STATUS_OK)
		return status;
	run->report.candidates = candidates;
	status = arm_best(run, candidates);
	if (run->called && !load_armed(&run->reader))
		arm_last_good(run);
	return status;
}

static enum status check(struct run *run)
{
	enum status status = read_floor(run);

	run->path = run->options.bundles[0];
	if (status == STATUS_OK)
		status = open_sealed(run);
	if (status == STATUS_OK)
		status = open_members(run);
	if (status == STATUS_OK)
		run->report.action = "verified";
	return status;
}

static enum status gather(struct run *run)
{
	struct failure *f = &run->failure;
	const char *file = run->options.facts;
	const struct seal *seal = NULL;
	int fd = 1;

	if (run->options.bundle_count > 0) {
		/* A floor that is bad is a fact as well. */
		read_floor(run);
		failure_clear(f);
		run->path = run->options.bundles[0];
		enum status status = open_sealed(run);
		if (status != STATUS_OK)
			return status;
		seal = &run->seal;
	}
	if (file) {
		long opened = sys_openat(SYS_HERE, file, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, 0600);
		if (opened < 0)
			return fail_file(f, STATUS_FAILED, "cannot write", file, opened, NULL);
		fd = (int)opened;
	}
	enum status status = facts_write(fd, &run->machine, &run->reader, seal, f);
	/* A part of the facts would show another machine. A device or pipe that was named stays. */
	struct sys_stat written;

	if (file && status != STATUS_OK && sys_stat_fd(fd, &written) == 0 && sys_is_regular(&written))
		sys_unlinkat(SYS_HERE, file, 0);
	return status;
}

/* The kernel says whether something is armed; the record says what, if this program did it. */
static enum status show_status(struct run *run)
{
	static char record[REPORT_BYTES];
	bool armed = load_armed(&run->reader);
	size_t used = armed ? record_read(&run->root, run->options.json, record, sizeof(record)) : 0;
	struct text t;

	text_init(&t, run->out, sizeof(run->out));
	if (run->options.json) {
		report_armed(armed, record, used, &t);
	} else if (used > 0) {
		text_chars(&t, record, used);
		text_char(&t, '\n');
	} else {
		text_put(&t, armed ? "armed, but not by this program since boot\n" : "not armed\n");
	}
	say(1, &t);
	return armed ? STATUS_OK : STATUS_NOT_ARMED;
}

static enum status unload(struct run *run)
{
	enum status status = lock_take(&run->root, &run->failure);

	if (status == STATUS_OK)
		status = load_unload(&run->reader, &run->failure);
	if (status == STATUS_OK) {
		run->report.action = "unloaded";
		record_drop(&run->root);
	}
	return status;
}

static enum status start(struct run *run)
{
	const char *path = run->options.root ? run->options.root : "/";
	struct root root;

	/* --root never loads, whatever it names; "/" alone would be the machine's own. */
	if (run->options.root && str_equal(path, "/"))
		path = "/.";
	long error = root_open(&root, path);
	if (error < 0)
		return fail_file(&run->failure, STATUS_USAGE, "cannot open", path, error, NULL);
	return run_begin(run, &root);
}

int loader_main(int argc, char **argv, char **envp)
{
	static struct run run;
	static struct candidates candidates;
	enum status status;

	(void)envp;
	failure_clear(&run.failure);
	status = options_parse(&run.options, argc, argv, &run.failure);
	if (status == STATUS_OK && run.options.action == ACTION_HELP) {
		file_write_all(1, options_help, str_length(options_help));
		return STATUS_OK;
	}
	if (status == STATUS_OK && run.options.action == ACTION_VERSION) {
		static const char version[] = "crashseal-load " CRASHSEAL_VERSION "\n";
		file_write_all(1, version, sizeof(version) - 1);
		return STATUS_OK;
	}
	if (status == STATUS_OK)
		status = start(&run);
	if (status != STATUS_OK) {
		say_error("error: ", &run.failure);
		return (int)status;
	}
	switch (run.options.action) {
	case ACTION_STATUS:
		return (int)show_status(&run);
	case ACTION_FACTS:
		status = gather(&run);
		if (status != STATUS_OK)
			say_error("error: ", &run.failure);
		return (int)status;
	case ACTION_UNLOAD:
		status = unload(&run);
		break;
	case ACTION_CHECK:
		status = check(&run);
		break;
	default:
		status = arm(&run, &candidates);
		break;
	}
	/* What is armed is armed: the time is of the work, not of the report. */
	if (run.report.milliseconds == 0)
		run.report.milliseconds = milliseconds_since(run.started);
	say_result(&run, &candidates);
	return (int)status;
}
