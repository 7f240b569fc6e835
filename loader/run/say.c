/* SPDX-License-Identifier: Apache-2.0 */
#include "run/say.h"

#include "base/file.h"
#include "machine/machine.h"
#include "run/candidates.h"

/* A note buffer takes some 42 bytes of the report, and every CPU has one. */
_Static_assert(SAY_PAGE_BYTES >= MACHINE_CPUS_MAX * 64u, "a report holds every CPU");

void say_page(struct text *t)
{
	/* Memory that nobody touches costs nothing. */
	static char page[SAY_PAGE_BYTES];

	text_init(t, page, sizeof(page));
}

void say(int fd, const struct text *t)
{
	file_write_all(fd, t->buffer, t->used);
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
	struct text t;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *it = &c->item[i];
		if (it == c->chosen || it->failure.status == STATUS_OK)
			continue;
		say_page(&t);
		text_put(&t, "refused: ");
		text_outside(&t, it->path, str_length(it->path));
		text_put(&t, ": ");
		text_put(&t, it->failure.message);
		text_char(&t, '\n');
		say(2, &t);
	}
	if (c->left_out == 0)
		return;
	say_page(&t);
	text_put(&t, "and ");
	text_decimal(&t, c->left_out);
	text_put(&t, " more that were refused, or older than these\n");
	say(2, &t);
}

static void warn_of_endings(const struct report *r)
{
	static const char *const words[] = {
		[EXPIRING_BUNDLE] = "the bundle of profile ",
		[EXPIRING_CERTIFICATE] = "a certificate of the signer ",
		[EXPIRING_REVOCATION_LIST] = "a certificate of the revocation list's signer ",
		[EXPIRING_TESTER] = "a certificate of the tester ",
	};
	static const char *const then[] = {
		[EXPIRING_BUNDLE] = ": after that it is refused; build or sign it anew\n",
		[EXPIRING_CERTIFICATE] = ": after that it is refused; build or sign it anew\n",
		[EXPIRING_REVOCATION_LIST] = ": after that no bundle is loaded; sign the list anew\n",
		[EXPIRING_TESTER] = ": after that the bundle is refused; attest it anew\n",
	};
	struct ending endings[EXPIRING_MAX];
	const size_t count = report_endings(r, endings);
	struct text t;

	for (size_t i = 0; i < count; i++) {
		const struct ending *const it = &endings[i];

		say_page(&t);
		text_put(&t, "warning: ");
		text_put(&t, words[it->what]);
		text_chars(&t, it->of, it->of_length);
		text_put(&t, " ends at ");
		text_time(&t, (int64_t)it->at);
		text_put(&t, then[it->what]);
		say(2, &t);
	}
}

/* Armed is not enough. */
static void warn_health(const struct health *h)
{
	struct text t;

	for (uint32_t i = 0; i < h->count; i++) {
		const struct probe_result *const it = &h->targets[i];

		if (!probe_hinders(it->answer))
			continue;
		say_page(&t);
		text_put(&t, "warning: a dump would not reach target ");
		text_decimal(&t, i + 1);
		text_put(&t, ": ");
		text_put(&t, it->words);
		text_char(&t, '\n');
		say(2, &t);
	}
	if (h->count > 0 && h->first == 0)
		warn("it is armed, but no dump would arrive");
}

/* That nobody has tried a bundle is no fault of it; an attestation that does not count is something's. */
static void say_unattested(const struct failure *why)
{
	struct text t;

	if (why->status == STATUS_OK)
		return;
	say_page(&t);
	text_put(&t, why->detail == DETAIL_FILE_MISSING ? "note: " : "warning: ");
	text_put(&t, why->message);
	text_char(&t, '\n');
	say(2, &t);
}

void say_result(const struct report *r, bool json)
{
	const struct report *const last = r->rearmed;
	const bool good = report_is_good(r);
	const bool sealed = r->depth >= REPORT_SIGNED;
	struct text t;

	if (r->candidates)
		say_refused(r->candidates);
	if (r->failure->status != STATUS_OK)
		say_error("error: ", r->failure);
	for (size_t i = 0; good && sealed && i < r->signers->count; i++)
		if (r->signers->signer[i].development)
			warn("signed with a development key");
	if (sealed && (r->seal->header.flags & SEAL_FLAG_TESTING) != 0)
		warn("the bundle is for testing, never for production");
	if (good && sealed)
		say_unattested(r->unattested);
	if (good && sealed)
		warn_of_endings(r);
	if (r->armed && r->health)
		warn_health(r->health);
	say_page(&t);
	if (last && last->armed) {
		text_put(&t, "note: the last good bundle is armed again\n");
		say(2, &t);
		say_page(&t);
	} else if (last) {
		say_error("error: nothing is armed, since the last good bundle was refused: ",
			  last->failure);
	}
	if (json)
		report_json(r, &t);
	else if (last && last->armed)
		report_line(last, &t);
	else if (good && !sealed)
		text_put(&t, "unloaded\n");
	else if (good)
		report_line(r, &t);
	say(1, &t);
}
