/* SPDX-License-Identifier: Apache-2.0 */
#include "run/armed.h"

#include "base/scan.h"
#include "run/state.h"

#define REFUSED_FILE "refused"
#define RECORD_BYTES (2 * ARMED_FILE_BYTES + 512)

long armed_keep(const struct root *root, const char *path, const char *installed, bool stands_in,
		const struct report *r)
{
	static char words[RECORD_BYTES];
	struct text t;

	refusal_drop(root);
	text_init(&t, words, sizeof(words));
	text_put(&t, "at ");
	text_decimal(&t, r->now);
	text_put(&t, "\nuntil ");
	text_decimal(&t, report_certificates_until(r));
	text_put(&t, stands_in ? "\nstands in\nfile " : "\nfile ");
	text_outside(&t, path, str_length(path));
	text_put(&t, "\ninstalled ");
	text_outside(&t, installed, str_length(installed));
	text_put(&t, "\nsigner ");
	text_put(&t, r->signers->count > 0 ? r->signers->signer[0].name : "");
	text_char(&t, '\n');
	const long error = run_keep(root, RUN_ARMED_FROM, &t, 0644);
	if (error < 0)
		return error;
	const struct text sealed = { .buffer = (char *)(uintptr_t)r->seal->bytes,
				     .used = r->seal->header.size };
	return run_keep(root, RUN_ARMED_SEAL, &sealed, 0644);
}

void refusal_drop(const struct root *root)
{
	run_drop(root, REFUSED_FILE);
}

static bool take_line(const char **at, const char *word, char *value, size_t size)
{
	struct text t;

	text_init(&t, value, size);
	if (!scan_word(at, word))
		return false;
	while (**at != '\0' && **at != '\n')
		text_char(&t, *(*at)++);
	return scan_word(at, "\n") && !t.cut;
}

bool armed_read(const struct root *root, struct armed *armed, struct seal *seal)
{
	static uint8_t sealed[SEAL_BYTES_MAX];
	static char words[RECORD_BYTES];
	const char *at = words;
	size_t used;

	if (file_read_text(root, RUN_FOLDER "/" RUN_ARMED_FROM, words, sizeof(words), &used) < 0 ||
	    !(scan_word(&at, "at ") && scan_decimal(&at, &armed->at) && scan_word(&at, "\nuntil ") &&
	      scan_decimal(&at, &armed->until) && scan_word(&at, "\n")))
		return false;
	armed->stands_in = scan_word(&at, "stands in\n");
	if (armed->at > LAST_SECOND || armed->until > LAST_SECOND ||
	    !take_line(&at, "file ", armed->file, sizeof(armed->file)) ||
	    !take_line(&at, "installed ", armed->installed, sizeof(armed->installed)) ||
	    !take_line(&at, "signer ", armed->signer, sizeof(armed->signer)) || *at != '\0')
		return false;
	return file_read(root, RUN_FOLDER "/" RUN_ARMED_SEAL, sealed, sizeof(sealed), &used) == 0 &&
	       seal_parse(seal, sealed, used) == 0;
}

long refusal_keep(const struct root *root, const char *message)
{
	static char words[600];
	struct text t;

	text_init(&t, words, sizeof(words));
	text_put(&t, message);
	text_char(&t, '\n');
	return run_keep(root, REFUSED_FILE, &t, 0644);
}

size_t refusal_read(const struct root *root, char *buf, size_t size)
{
	size_t used = 0;

	if (file_read_text(root, RUN_FOLDER "/" REFUSED_FILE, buf, size, &used) < 0)
		return 0;
	while (used > 0 && buf[used - 1] == '\n')
		buf[--used] = '\0';
	return used;
}
