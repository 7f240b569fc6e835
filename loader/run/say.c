/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"
#include "base/sys.h"

void say(int fd, const struct text *t)
{
	file_write_all(fd, t->buffer, t->used);
}

uint64_t milliseconds_since(uint64_t start)
{
	uint64_t now = start;

	sys_monotonic(&now);
	return (now - start) / 1000000;
}

void warn(const char *message)
{
	char line[256];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_put(&t, "warning: ");
	text_put(&t, message);
	text_char(&t, '\n');
	say(2, &t);
}

void say_error(const char *what, const struct failure *f)
{
	char line[sizeof(f->message) + sizeof(f->hint) + 64];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_put(&t, what);
	text_put(&t, f->message);
	if (f->hint[0] != '\0') {
		text_put(&t, "\nhint: ");
		text_put(&t, f->hint);
	}
	text_char(&t, '\n');
	say(2, &t);
}

/* The candidates that are not the run's own result. */
static void say_refused(const struct candidates *c)
{
	char line[sizeof(c->item[0].path) + sizeof(c->item[0].failure.message) + 16];

	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *it = &c->item[i];
		struct text t;
		if (it == c->chosen || it->failure.status == STATUS_OK)
			continue;
		text_init(&t, line, sizeof(line));
		text_put(&t, "refused: ");
		text_outside(&t, it->path, str_length(it->path));
		text_put(&t, ": ");
		text_put(&t, it->failure.message);
		text_char(&t, '\n');
		say(2, &t);
	}
}

void say_result(struct run *run, const struct candidates *candidates)
{
	const struct report *const last = run->report.rearmed;
	const bool sealed = run->report.depth >= REPORT_SIGNED;
	struct text t;

	say_refused(candidates);
	if (run->failure.status != STATUS_OK)
		say_error("error: ", &run->failure);
	for (size_t i = 0; run->failure.status == STATUS_OK && sealed && i < run->signers.count; i++)
		if (run->signers.signer[i].development)
			warn("signed with a development key");
	if (sealed && (run->seal.header.flags & SEAL_FLAG_TESTING) != 0)
		warn("the bundle is for testing, never for production");
	text_init(&t, run->out, sizeof(run->out));
	if (last && last->armed) {
		text_put(&t, "note: the last good bundle is armed again\n");
		say(2, &t);
		text_init(&t, run->out, sizeof(run->out));
	} else if (last) {
		say_error("error: nothing is armed, since the last good bundle was refused: ",
			  last->failure);
	}
	if (run->options.json)
		report_json(&run->report, &t);
	else if (last && last->armed)
		report_line(last, &t);
	else if (run->failure.status == STATUS_OK && !sealed)
		text_put(&t, "unloaded\n");
	else if (run->failure.status == STATUS_OK || run->report.armed)
		report_line(&run->report, &t);
	say(1, &t);
}
