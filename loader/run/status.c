/* SPDX-License-Identifier: Apache-2.0 */
#include "run/status.h"

#include "base/json.h"
#include "base/sys.h"
#include "load/load.h"
#include "memory.h"
#include "run/armed.h"
#include "run/health.h"
#include "run/json_out.h"
#include "run/metrics.h"
#include "run/report.h"
#include "run/report_keys.h"
#include "run/say.h"
#include "run/state.h"
#include "segments/place.h"
#include "sha256.h"

/* What the systemd unit arms. docs/packaging.md */
#define INSTALLED "/etc/crashseal/bundle"
#define CRASH_SIZE_PATH "/sys/kernel/kexec_crash_size"
#define DAY (24u * 60 * 60)

enum { OUTDATED_NO, OUTDATED_YES, OUTDATED_UNSEEN };
#define UNSEEN UINT64_MAX

/* What is found. Numbers are all of one width, for the table of facts. */
struct found {
	enum status status;
	uint64_t code; /* of that status */
	uint64_t armed; /* the kernel says so */
	uint64_t ours; /* and this program did it, since boot, and kept its seal */
	uint64_t crash_size; /* bytes that are reserved; 0 = none */
	uint64_t at, until; /* when it was armed, and when its signatures end; since 1970, 0 = not known */
	uint64_t not_after; /* when the bundle ends */
	uint64_t outdated; /* the bundle where this one came from is another by now */
	uint64_t was_refused;
	uint64_t fallback; /* what is armed stands in for another */
	uint64_t needed; /* bytes that the installed bundle needs */
	uint64_t next_refused; /* the installed bundle would be refused now */
	bool foreign; /* armed, and there is no record of it */
	char refused[512]; /* why the last load was refused, or empty */
	const char *next; /* why the next one would be */
	uint8_t seal_digest[SHA256_DIGEST_BYTES];
	struct armed record;
	struct seal seal;
	struct health health;
};

static enum status judge(const struct found *found)
{
	if (!found->armed)
		return STATUS_NOT_ARMED;
	if (found->foreign)
		return STATUS_FOREIGN_IMAGE;
	if (found->health.count > 0 && found->health.first == 0)
		return STATUS_WOULD_NOT_DUMP;
	if (found->health.first > 1)
		return STATUS_TARGET_UNUSABLE;
	if (found->fallback)
		return STATUS_FALLBACK_ARMED;
	if (found->ours && found->outdated == OUTDATED_YES)
		return STATUS_OUTDATED;
	return found->next_refused == 1 ? STATUS_NEXT_REFUSED : STATUS_OK;
}

/* The bundle that the next boot is to arm, by its signed seal. Its trust store may be another than the usual one. */
static void look_ahead(struct attempt *a, struct terms *terms, struct found *found)
{
	const struct bundle_member *const sealed = &a->bundle.member[BUNDLE_SEAL];

	a->path = found->ours ? found->record.installed : INSTALLED;
	if (!terms->root.real || a->path[0] != '/')
		return;
	/* Only root can read the floor; without it more is taken. */
	terms_read_floor(terms, &a->failure);
	const enum status status = attempt_walk(a, STEPS_HEAD | STEPS_IDENTITY);

	if (a->report.depth == REPORT_SIGNED)
		found->needed = a->seal.header.crash_size;
	if (status != STATUS_NO_FILE)
		found->outdated = sealed->size != found->seal.header.size ||
				  !mem_equal(sealed->data, found->seal.bytes, sealed->size);
	else if (a->failure.detail == DETAIL_FILE_MISSING)
		found->outdated = OUTDATED_YES;
	if (status != STATUS_NO_FILE && status != STATUS_NO_TRUST)
		found->next_refused = status != STATUS_OK;
	/* What is found out has not failed. */
	found->next = a->failure.message;
	a->failure.status = STATUS_OK;
}

static void look(struct attempt *a, struct terms *terms, struct found *found)
{
	struct reader *const reader = &a->reader;
	const struct root *const root = reader->root;

	found->outdated = OUTDATED_UNSEEN;
	found->needed = UNSEEN;
	found->next_refused = UNSEEN;
	if (reader_decimal(reader, CRASH_SIZE_PATH, &found->crash_size) < 0)
		found->crash_size = UNSEEN;
	found->armed = load_armed(reader);
	found->ours = found->armed && armed_read(root, &found->record, &found->seal);
	found->foreign = found->armed && !found->ours && !file_exists(root, RUN_FOLDER "/armed");
	found->was_refused = refusal_read(root, found->refused, sizeof(found->refused)) > 0;
	if (found->ours) {
		sha256_digest(found->seal_digest, found->seal.bytes, found->seal.header.size, 0);
		health_look(&found->seal, reader, &found->health);
		found->at = found->record.at;
		found->until = found->record.until;
		found->not_after = found->seal.header.not_after;
		found->fallback = found->record.stands_in;
	}
	look_ahead(a, terms, found);
	found->status = judge(found);
	found->code = (uint64_t)found->status;
}

/* --- facts --- */

enum fact_kind { FACT_NUMBER, FACT_SIZE, FACT_TIME, FACT_FLAG };

/* What stands in the JSON and in the metrics alike. */
static const struct fact {
	uint16_t at; /* in struct found */
	uint8_t kind;
	bool ours; /* only of an image that this program armed */
	const char *key;
	const char *metric;
} facts[] = {
#define FACT(field, kind, ours, key, metric) { offsetof(struct found, field), kind, ours, key, metric }
	FACT(code, FACT_NUMBER, false, REPORT_KEY_EXIT_CODE, METRIC_STATUS),
	FACT(armed, FACT_FLAG, false, REPORT_KEY_ARMED, METRIC_ARMED),
	FACT(crash_size, FACT_SIZE, false, REPORT_KEY_RESERVED, METRIC_CRASH_REGION_BYTES),
	FACT(needed, FACT_SIZE, false, REPORT_KEY_NEEDED, METRIC_CRASH_REGION_NEEDED_BYTES),
	FACT(next_refused, FACT_FLAG, false, REPORT_KEY_NEXT_REFUSED, METRIC_NEXT_LOAD_REFUSED),
	FACT(was_refused, FACT_FLAG, false, NULL, METRIC_LAST_LOAD_REFUSED),
	FACT(at, FACT_TIME, true, REPORT_KEY_ARMED_AT, METRIC_ARMED_TIME_SECONDS),
	FACT(not_after, FACT_TIME, true, REPORT_KEY_NOT_AFTER, METRIC_BUNDLE_END_TIME_SECONDS),
	FACT(until, FACT_TIME, true, REPORT_KEY_CERTIFICATES_UNTIL, METRIC_CERTIFICATE_END_TIME_SECONDS),
	FACT(outdated, FACT_FLAG, true, REPORT_KEY_OUTDATED, METRIC_OUTDATED),
	FACT(fallback, FACT_FLAG, true, REPORT_KEY_FALLBACK, METRIC_FALLBACK_ARMED),
#undef FACT
};

/* NULL where it is not known. */
static const uint64_t *value_of(const struct found *found, const struct fact *fact)
{
	const uint64_t *const value = (const uint64_t *)(const void *)((const char *)found + fact->at);

	if ((fact->ours && !found->ours) || *value == UNSEEN)
		return NULL;
	return value;
}

/* --- as text --- */

static void put_end(struct text *t, const char *what, uint64_t end, uint64_t now)
{
	if (end == 0)
		return;
	text_put(t, what);
	text_put(t, end < now ? " ended on " : " ends on ");
	text_time(t, (int64_t)end);
	if (end >= now) {
		const uint64_t days = (end - now) / DAY;

		text_put(t, ", in ");
		text_decimal(t, days);
		text_put(t, days == 1 ? " day" : " days");
	}
	text_char(t, '\n');
}

static void put_targets(struct text *t, const struct health *health)
{
	for (uint32_t i = 0; i < health->count; i++) {
		const struct probe_result *const result = &health->targets[i];

		text_put(t, "target ");
		text_decimal(t, i + 1);
		text_put(t, ": ");
		if (result->words[0] != '\0')
			text_put(t, result->words);
		else
			text_put(t, result->device[0] != '\0' ? result->device : "nothing speaks against it");
		text_char(t, '\n');
	}
	if (health->count == 0)
		return;
	if (health->first == 0) {
		text_put(t, "no dump would arrive\n");
		return;
	}
	text_put(t, "a dump would go to target ");
	text_decimal(t, health->first);
	text_put(t, health->unsure ? ", as far as this can be seen\n" : "\n");
}

static void put_lines(struct text *t, const char *lines, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (lines[i] == '\n')
			text_char(t, '\n');
		else
			text_outside(t, &lines[i], 1);
	text_char(t, '\n');
}

static void put_outside(struct text *t, const char *before, const char *outside)
{
	text_put(t, before);
	text_outside(t, outside, str_length(outside));
	text_char(t, '\n');
}

static void put_words(struct text *t, const struct found *found, const struct root *root, uint64_t now)
{
	static char record[4096];
	static struct failure small;

	if (!found->armed) {
		text_put(t, "not armed");
		if (found->crash_size == 0)
			text_put(t, ": no memory is reserved, boot with crashkernel=");
		text_char(t, '\n');
	} else if (found->foreign) {
		text_put(t, "armed, but not by this program since boot\n");
	} else {
		if (found->fallback) {
			text_put(t, "armed, but only the fallback");
			put_outside(t, found->was_refused ? ": the last load was refused because " : "",
				    found->refused);
		}
		put_lines(t, record, record_read(root, false, record, sizeof(record)));
	}
	if (found->ours) {
		text_put(t, "seal ");
		text_bytes(t, found->seal_digest, sizeof(found->seal_digest));
		text_put(t, ", from ");
		text_put(t, found->record.file);
		text_put(t, ", since ");
		text_time(t, (int64_t)found->record.at);
		text_put(t, ", signed by ");
		text_put(t, found->record.signer);
		text_char(t, '\n');
		put_targets(t, &found->health);
		put_end(t, "the bundle", found->not_after, now);
		put_end(t, "a certificate that it is trusted by", found->until, now);
		if (found->outdated == OUTDATED_YES)
			text_put(t, "the file is gone, or another bundle by now: load it\n");
	}
	if (found->was_refused && !found->fallback)
		put_outside(t, "the last load was refused: ", found->refused);
	if (found->next_refused == 1)
		put_outside(t, "the installed bundle would be refused now: ", found->next);
	if (found->needed != UNSEEN && found->crash_size < found->needed) {
		place_region_small(&small, found->crash_size, found->needed, ", the installed bundle needs at least ");
		text_put(t, small.message);
		put_outside(t, "; ", small.hint);
	}
}

/* --- as metrics, in Prometheus' text format --- */

/* The metric's name, which ends at the first blank; with its first line goes what it is. */
static void put_name(struct text *t, const char *metric, bool first)
{
	size_t length = 0;

	while (metric[length] != ' ')
		length++;
	if (first) {
		text_put(t, "# HELP crashseal_");
		text_put(t, metric);
		text_put(t, "\n# TYPE crashseal_");
		text_chars(t, metric, length);
		text_put(t, " gauge\n");
	}
	text_put(t, "crashseal_");
	text_chars(t, metric, length);
}

static void put_label(struct text *t, const char *name, struct seal_string value)
{
	text_put(t, name);
	for (size_t i = 0; i < value.length; i++) {
		const char c = value.at[i];

		/* The format takes no other escapes than these: what text_outside() writes begins with a backslash too. */
		if (c == '"' || c == '\\' || c < ' ' || c > '~')
			text_char(t, '\\');
		text_outside(t, &c, 1);
	}
}

static void put_info(struct text *t, const struct found *found)
{
	const struct seal_header *const h = &found->seal.header;

	put_name(t, METRIC_BUNDLE_INFO, true);
	put_label(t, "{profile=\"", seal_text(&found->seal, h->profile_offset, h->profile_length));
	put_label(t, "\",release=\"", seal_text(&found->seal, h->release_offset, h->release_length));
	put_label(t, "\",signer=\"",
		  (struct seal_string){ found->record.signer, (uint32_t)str_length(found->record.signer) });
	text_put(t, "\",seal=\"");
	text_bytes(t, found->seal_digest, sizeof(found->seal_digest));
	text_put(t, "\"} 1\n");
}

static void put_metrics(struct text *t, const struct found *found)
{
	const struct health *const health = &found->health;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const uint64_t *const value = value_of(found, &facts[i]);

		/* A time of 0 is none; a flag that is neither cannot be seen. */
		if (!value || (facts[i].kind == FACT_TIME && *value == 0) ||
		    (facts[i].kind == FACT_FLAG && *value > 1))
			continue;
		put_name(t, facts[i].metric, true);
		text_char(t, ' ');
		text_decimal(t, *value);
		text_char(t, '\n');
	}
	if (found->ours)
		put_info(t, found);
	for (uint32_t i = 0; i < health->count; i++) {
		put_name(t, METRIC_TARGET_USABLE, i == 0);
		text_put(t, "{target=\"");
		text_decimal(t, i + 1);
		text_put(t, probe_hinders(health->targets[i].answer) ? "\"} 0\n" : "\"} 1\n");
	}
}

/* --- as JSON --- */

static void put_json(struct text *t, const struct found *found, const struct root *root)
{
	/* On the page it has words around it. */
	static char record[SAY_PAGE_BYTES - 16384];
	const size_t used = found->armed ? record_read(root, true, record, sizeof(record)) : 0;
	struct json j = { t, true };

	json_open(&j, '{');
	json_key_string(&j, REPORT_KEY_STATUS, status_name(found->status));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const uint64_t *const value = value_of(found, &facts[i]);

		if (!value || !facts[i].key)
			continue;
		if (facts[i].kind == FACT_TIME) {
			json_key_time(&j, facts[i].key, *value);
			continue;
		}
		json_key(&j, facts[i].key);
		if (facts[i].kind == FACT_FLAG)
			text_put(t, *value > 1 ? "null" : *value == 1 ? "true" : "false");
		else
			text_decimal(t, *value);
	}
	if (found->was_refused)
		json_key_string(&j, REPORT_KEY_LAST_REFUSAL, found->refused);
	if (found->next_refused == 1)
		json_key_string(&j, REPORT_KEY_NEXT_REFUSAL, found->next);
	if (found->ours) {
		json_key_bytes(&j, REPORT_KEY_SEAL_DIGEST, found->seal_digest, sizeof(found->seal_digest));
		json_key_string(&j, REPORT_KEY_FILE, found->record.file);
		json_key_string(&j, REPORT_KEY_SIGNER, found->record.signer);
		report_health(&found->health, &j);
	}
	json_key(&j, REPORT_KEY_RECORD);
	if (used > 0 && json_is_object(record, used))
		text_chars(t, record, used);
	else
		text_put(t, "null");
	json_close(&j, '}');
	text_char(t, '\n');
}

/* Replaced as a whole: whoever reads it never sees a part. */
static enum status write_metrics(const char *path, const struct text *t, struct failure *f)
{
	char folder[256];
	size_t slash = str_length(path);
	struct text name;

	while (slash > 0 && path[slash - 1] != '/')
		slash--;
	text_init(&name, folder, sizeof(folder));
	if (slash == 0)
		text_char(&name, '.');
	text_chars(&name, path, slash > 1 ? slash - 1 : slash);
	const long dir = name.cut ? -SYS_ENAMETOOLONG :
				    sys_openat(SYS_HERE, folder, SYS_READ | sys_flag_directory(), 0);
	long error = dir;
	if (dir >= 0) {
		error = file_replace((int)dir, path + slash, t->buffer, t->used, 0644);
		sys_close((int)dir);
	}
	return error < 0 ? fail_file(f, STATUS_FAILED, "cannot write", path, error, NULL) : STATUS_OK;
}

enum status status_show(struct attempt *a, struct terms *terms)
{
	static struct found found;
	const char *const metrics = terms->options->prometheus;
	/* What is told in days is by the clock; a load takes the floor's time where that is later. */
	const uint64_t now = terms->now;
	struct text t;

	look(a, terms, &found);
	say_page(&t);
	if (metrics) {
		put_metrics(&t, &found);
		if (!str_equal(metrics, "-"))
			return write_metrics(metrics, &t, &a->failure);
	} else if (terms->options->json) {
		put_json(&t, &found, &terms->root);
	} else {
		put_words(&t, &found, &terms->root, now);
	}
	say(1, &t);
	return found.status;
}
