/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"
#include "sys.h"

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

void render_json(struct run *run, struct text *t)
{
	text_init(t, run->out, sizeof(run->out));
	report_json(&run->report, t);
}

void say_failure(const struct failure *f)
{
	char line[sizeof(f->message) + sizeof(f->hint) + 32];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_put(&t, "error: ");
	text_put(&t, f->message);
	if (f->hint[0] != '\0') {
		text_put(&t, "\nhint: ");
		text_put(&t, f->hint);
	}
	text_char(&t, '\n');
	say(2, &t);
}

void say_result(struct run *run)
{
	struct text t;

	if (run->failure.status != STATUS_OK)
		say_failure(&run->failure);
	for (size_t i = 0; run->failure.status == STATUS_OK && run->report.depth >= REPORT_SIGNED &&
			   i < run->signers.count;
	     i++)
		if (run->signers.signer[i].development)
			warn("signed with a development key");
	if (run->options.json) {
		render_json(run, &t);
	} else {
		text_init(&t, run->out, sizeof(run->out));
		if (run->failure.status == STATUS_OK && run->report.depth >= REPORT_SIGNED)
			report_line(&run->report, &t);
		else if (run->failure.status == STATUS_OK)
			text_put(&t, "unloaded\n");
	}
	say(1, &t);
}
