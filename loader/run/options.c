/* SPDX-License-Identifier: Apache-2.0 */
#include "run/options.h"

#include <stddef.h>

#include "base/scan.h"

const char options_help[] =
	"usage: crashseal-load [OPTIONS] BUNDLE|FOLDER...\n"
	"Verify sealed bundles and arm the best one as this machine's capture kernel.\n"
	"\n"
	"  --check           verify signature, dates, digests only\n"
	"  --dry-run         all but the system call\n"
	"  --status          is one armed, and would its dump arrive?\n"
	"  --prometheus FILE the same for node_exporter; - for standard output\n"
	"  --unload          disarm\n"
	"  --facts [FILE [BUNDLE]]  write a tar of all files that a load reads\n"
	"  --json            report as JSON\n"
	"  --trust FILE      trust anchors instead of /etc/crashseal/trust.pem\n"
	"  --attestation FILE  that the bundle was tried, instead of BUNDLE.test-crash\n"
	"  --fallback FILE   the bundle to arm if all others are refused\n"
	"  --overlay FILE    local overlay instead of /etc/crashseal/overlay\n"
	"  --root DIR        read this machine's files below DIR; loads nothing\n"
	"  --emit DIR        write the filled segments to DIR; loads nothing\n"
	"  --now SECONDS     time to judge by, since 1970; only with --root\n"
	"  --version\n"
	"  --help\n"
	"\n"
	"Exit codes: 0 done, 1 failed, 2 usage, 3 not armed, 4-8 armed, but (--status),\n"
	"10-51 refused, 60 and 61 armed, with a reason.\n";

static enum status usage(struct failure *f, const char *what, const char *which)
{
	struct text *t = failure_begin(f, STATUS_USAGE);

	text_put(t, what);
	if (which)
		text_outside(t, which, str_length(which));
	return failure_end(f, "crashseal-load --help");
}

static const struct {
	const char *name;
	enum action action;
} actions[] = {
	{ "--check", ACTION_CHECK },   { "--dry-run", ACTION_DRY_RUN },
	{ "--status", ACTION_STATUS }, { "--unload", ACTION_UNLOAD },
	{ "--facts", ACTION_FACTS },   { "--version", ACTION_VERSION },
	{ "--help", ACTION_HELP },     { "-h", ACTION_HELP },
};

static bool find_action(const char *arg, enum action *action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (str_equal(arg, actions[i].name)) {
			*action = actions[i].action;
			return true;
		}
	return false;
}

/* "--name VALUE" and "--name=VALUE". NULL when `arg` is not --name or has no value. */
static const char *value_of(const char *arg, const char *name, int *index, int argc, char **argv)
{
	if (!str_starts(arg, name))
		return NULL;
	arg += str_length(name);
	if (*arg == '=')
		return arg + 1;
	if (*arg != '\0' || *index + 1 >= argc)
		return NULL;
	return argv[++*index];
}

enum status options_parse(struct options *o, int argc, char **argv, struct failure *f)
{
	const char *now = NULL;
	uint32_t count = 0;
	bool chosen = false, only_positional = false;

	*o = (struct options){ .action = ACTION_ARM };
	struct {
		const char *name;
		const char **value;
	} const values[] = {
		{ "--trust", &o->trust }, { "--root", &o->root },   { "--emit", &o->emit },
		{ "--now", &now },	  { "--facts", &o->facts },
		{ "--overlay", &o->overlay }, { "--fallback", &o->fallback },
		{ "--attestation", &o->attestation },
		{ "--prometheus", &o->prometheus },
	};
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		enum action action;
		bool taken = false;
		if (only_positional || arg[0] != '-' || arg[1] == '\0') {
			/* In front of what is still to come. */
			argv[count++] = argv[i];
			continue;
		}
		if (str_equal(arg, "--")) {
			only_positional = true;
			continue;
		}
		if (str_equal(arg, "--json")) {
			o->json = true;
			continue;
		}
		if (find_action(arg, &action)) {
			if (chosen && action != o->action)
				return usage(f, "one action at a time: ", arg);
			chosen = true;
			o->action = action;
			continue;
		}
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]) && !taken; j++) {
			const char *value = value_of(arg, values[j].name, &i, argc, argv);
			if (!value)
				continue;
			if (*value == '\0')
				return usage(f, "an empty value: ", arg);
			*values[j].value = value;
			taken = true;
			if (values[j].value != &o->facts && values[j].value != &o->prometheus)
				continue;
			action = values[j].value == &o->facts ? ACTION_FACTS : ACTION_STATUS;
			if (chosen && o->action != action)
				return usage(f, "one action at a time: ", arg);
			o->action = action;
			chosen = true;
		}
		if (!taken)
			return usage(f, "unknown option or missing value: ", arg);
	}
	if (o->action == ACTION_HELP || o->action == ACTION_VERSION)
		return STATUS_OK;
	o->bundles = argv;
	if (o->action == ACTION_FACTS && !o->facts && count > 0) {
		o->facts = *o->bundles++;
		count--;
	}
	if (o->facts && str_equal(o->facts, "-"))
		o->facts = NULL;
	o->bundle_count = count;
	if (count == 0 && o->action <= ACTION_CHECK)
		return usage(f, "no bundle is named", NULL);
	const uint32_t most = o->action <= ACTION_DRY_RUN ? count :
			      o->action == ACTION_STATUS || o->action == ACTION_UNLOAD ? 0 : 1;
	if (count > most)
		return usage(f, "too many arguments: ", o->bundles[most]);
	if (o->root && o->action == ACTION_UNLOAD)
		return usage(f, "--unload is for this machine, not for --root", NULL);
	if (o->emit && o->action != ACTION_ARM && o->action != ACTION_DRY_RUN)
		return usage(f, "--emit writes what would be loaded; leave out the other action", NULL);
	if (o->fallback && o->action > ACTION_DRY_RUN)
		return usage(f, "--fallback is for arming; leave out the other action", NULL);
	if (now) {
		/* With a time of the caller's choice an expired signer could arm this machine. */
		if (!o->root)
			return usage(f, "--now is only for --root", NULL);
		const char *at = now;
		if (!scan_decimal(&at, &o->now) || *at != '\0')
			return usage(f, "not seconds since 1970: ", now);
		o->has_now = true;
	}
	return STATUS_OK;
}
