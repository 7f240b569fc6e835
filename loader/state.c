/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"
#include "sys.h"

/* Where the report of what is armed stays until the next boot: for machines, and the line for people. */
#define RUN_FOLDER "/run/crashseal"
#define RUN_RECORD "armed.json"
#define RUN_LINE "armed"

/* For --status until the next boot; it is only a record, so its failure is no failure to arm. */
void keep_record(struct run *run)
{
	struct text t;
	long error = sys_mkdirat(run->root.fd, RUN_FOLDER, 0755);

	if (error < 0 && error != -SYS_EEXIST) {
		warn("cannot keep a record in " RUN_FOLDER);
		return;
	}
	long fd = root_openat(&run->root, RUN_FOLDER, SYS_READ | sys_flag_directory());
	render_json(run, &t);
	/* It tells where the kernel's text and its map of memory are, which is for root alone. */
	bool kept = fd >= 0 && !t.cut &&
		    file_replace((int)fd, RUN_RECORD, t.buffer, t.used, 0600) == 0;
	text_init(&t, run->out, sizeof(run->out));
	report_line(&run->report, &t);
	if (!kept || file_replace((int)fd, RUN_LINE, t.buffer, t.used, 0644) < 0)
		warn("cannot keep a record in " RUN_FOLDER);
	if (fd >= 0)
		sys_close((int)fd);
}

void drop_record(struct run *run)
{
	sys_unlinkat(run->root.fd, RUN_FOLDER "/" RUN_RECORD, 0);
	sys_unlinkat(run->root.fd, RUN_FOLDER "/" RUN_LINE, 0);
}

/* The kernel says whether something is armed; the record says what, if this program did it. */
enum status show_status(struct run *run)
{
	static char record[RECORD_MAX];
	bool armed = load_armed(&run->reader);
	const char *path = run->options.json ? RUN_FOLDER "/" RUN_RECORD : RUN_FOLDER "/" RUN_LINE;
	struct text t;
	size_t used = 0;

	if (!armed || file_read_text(&run->root, path, record, sizeof(record), &used) < 0)
		used = 0;
	while (used > 0 && record[used - 1] == '\n')
		used--;
	text_init(&t, run->out, sizeof(run->out));
	if (run->options.json) {
		text_put(&t, "{\"status\":\"");
		text_put(&t, status_name(armed ? STATUS_OK : STATUS_NOT_ARMED));
		text_put(&t, "\",\"exitCode\":");
		text_decimal(&t, armed ? STATUS_OK : STATUS_NOT_ARMED);
		text_put(&t, armed ? ",\"armed\":true,\"record\":" : ",\"armed\":false,\"record\":");
		if (used > 0)
			text_chars(&t, record, used);
		else
			text_put(&t, "null");
		text_put(&t, "}\n");
	} else if (used > 0) {
		text_chars(&t, record, used);
		text_char(&t, '\n');
	} else {
		text_put(&t, armed ? "armed, but not by this program since boot\n" : "not armed\n");
	}
	say(1, &t);
	return armed ? STATUS_OK : STATUS_NOT_ARMED;
}
