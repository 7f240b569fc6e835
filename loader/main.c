/* SPDX-License-Identifier: Apache-2.0 */
/* crashseal-load: verify a bundle, read this machine, place, fill, load, report. docs/loader.md. */
#include "main.h"

#include "cpu_features.h"
#include "facts.h"
#include "run.h"
#include "sys.h"
#include "version.h"

static enum status check(struct run *run)
{
	enum status status = open_sealed(run);

	run->report.action = "refused";
	if (status == STATUS_OK)
		status = match_members(run);
	if (status == STATUS_OK)
		status = check_digests(run);
	if (status == STATUS_OK)
		run->report.action = "verified";
	return status;
}

static enum status gather(struct run *run)
{
	struct failure *f = &run->failure;
	const char *file = run->options.facts;
	enum status status = STATUS_OK;
	int fd = 1;

	if (run->options.bundle)
		status = open_sealed(run);
	if (status != STATUS_OK)
		return status;
	if (file) {
		long opened = sys_openat(SYS_HERE, file, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, 0600);
		if (opened < 0)
			return fail_file(f, STATUS_FAILED, "cannot write", file, opened, NULL);
		fd = (int)opened;
	}
	status = facts_write(fd, &run->machine, &run->reader, run->options.bundle ? &run->seal : NULL, f);
	/* A part of the facts would show another machine. A device or pipe that was named stays. */
	struct sys_stat written;

	if (file && status != STATUS_OK && sys_stat_fd(fd, &written) == 0 && sys_is_regular(&written))
		sys_unlinkat(SYS_HERE, file, 0);
	return status;
}
static enum status unload(struct run *run)
{
	enum status status = load_unload(&run->reader, &run->failure);

	run->report.action = status == STATUS_OK ? "unloaded" : "refused";
	if (status == STATUS_OK)
		drop_record(run);
	return status;
}

static enum status start(struct run *run)
{
	struct failure *f = &run->failure;
	const char *root = run->options.root ? run->options.root : "/";
	int64_t now = 0;

	/* --root never loads, whatever it names; "/" alone would be the machine's own. */
	if (run->options.root && str_equal(root, "/"))
		root = "/.";
	long error = root_open(&run->root, root);
	if (error < 0)
		return fail_file(f, STATUS_USAGE, "cannot open", root, error, NULL);
	reader_init(&run->reader, &run->root);
	run->now = run->options.now;
	if (!run->options.has_now) {
		error = sys_time(&now);
		if (error < 0 || now < 0)
			return fail(f, STATUS_CLOCK_WRONG, "the clock cannot be read", NULL);
		run->now = (uint64_t)now;
	}
	run->hash_features = cpu_features_detect();
	run->report = (struct report){
		.action = "refused",
		.depth = REPORT_NOTHING,
		.seal = &run->seal,
		.signers = &run->signers,
		.machine = &run->machine,
		.load = &run->load,
		.failure = f,
		.running_release = run->release,
	};
	if (run->options.action != ACTION_FACTS)
		report_release(&run->reader, run->release, sizeof(run->release));
	return STATUS_OK;
}

int loader_main(int argc, char **argv, char **envp)
{
	static struct run run;
	enum status status;

	(void)envp;
	sys_monotonic(&run.started);
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
		say_failure(&run.failure);
		return (int)status;
	}
	switch (run.options.action) {
	case ACTION_STATUS:
		return (int)show_status(&run);
	case ACTION_FACTS:
		status = gather(&run);
		if (status != STATUS_OK)
			say_failure(&run.failure);
		return (int)status;
	case ACTION_UNLOAD:
		status = unload(&run);
		break;
	case ACTION_CHECK:
		status = check(&run);
		break;
	default:
		status = arm(&run);
		break;
	}
	/* What is armed is armed: the time is of the work, not of the report. */
	if (run.report.milliseconds == 0)
		run.report.milliseconds = milliseconds_since(run.started);
	say_result(&run);
	return (int)status;
}
