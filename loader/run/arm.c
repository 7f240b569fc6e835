/* SPDX-License-Identifier: Apache-2.0 */
#include "run/arm.h"

#include "base/sys.h"
#include "load/emit.h"
#include "load/load.h"
#include "run/armed.h"
#include "run/say.h"
#include "run/state.h"

/* All tries end long before the unit gives up after 90 s (TimeoutStartSec). */
#define RETRIES 3u
#define RETRY_AFTER 200u /* milliseconds */

static enum status emit(struct attempt *a)
{
	struct text t;
	int dir;
	const enum status status = load_emit(&a->load, a->terms->options->emit, &dir, &a->failure);

	if (status != STATUS_OK)
		return status;
	a->report.action = "emitted";
	a->report.milliseconds = terms_milliseconds(a->terms);
	say_page(&t);
	report_json(&a->report, &t);
	const long error = file_replace(dir, "layout.json", t.buffer, t.used, 0600);
	sys_close(dir);
	return error < 0 ? load_emit_failed(&a->failure, "layout.json", error) : STATUS_OK;
}

/*
 * Only by dates that were signed, which have passed: the clock's may be years ahead, and would rule
 * out every bundle from then on.
 */
static void raise_time(struct floor *floor, uint64_t signed_date)
{
	if (signed_date > floor->time)
		floor->time = signed_date;
}

static struct floor raised(struct floor floor, const struct seal_header *h,
			   const struct signers *signers)
{
	if (h->epoch > floor.epoch)
		floor.epoch = h->epoch;
	raise_time(&floor, h->not_before);
	for (size_t i = 0; i < signers->count; i++)
		raise_time(&floor, (uint64_t)signers->signer[i].valid_from);
	return floor;
}

/* The bundle that the caller would rather have: the first that is named, or of a folder the one that was chosen. */
static const char *installed(const struct attempt *a)
{
	const struct options *const o = a->terms->options;

	return o->bundle_count == 0 || str_starts(a->path, o->bundles[0]) ? a->path : o->bundles[0];
}

static void keep_record(const struct attempt *a)
{
	static char words[4096];
	const struct root *const root = &a->terms->root;
	struct text json, line;

	say_page(&json);
	report_json(&a->report, &json);
	text_init(&line, words, sizeof(words));
	report_line(&a->report, &line);
	if (record_keep(root, &json, &line) < 0 ||
	    armed_keep(root, a->path, installed(a), a->stands_in, &a->report) < 0)
		warn("cannot keep a record in /run/crashseal: --status will not know what is armed");
}

/* It is armed whatever becomes of this: record, the bundle itself and the floor. */
static enum status keep(struct attempt *a)
{
	const struct root *const root = &a->terms->root;
	const struct floor floor = raised(a->terms->floor, &a->seal.header, &a->signers);

	keep_record(a);
	const struct kept kept = keep_for_good(root, &a->image, &a->terms->floor, &floor);
	if (attestation_keep(root, a->attestation.good ? &a->attested : NULL) < 0)
		warn("cannot keep the attestation beside " STATE_LAST_GOOD);
	if (kept.bundle < 0)
		warn("cannot keep the bundle as " STATE_LAST_GOOD ": a load that fails cannot be undone");
	if (kept.floor < 0)
		return fail_file(&a->failure, STATUS_FLOOR_NOT_KEPT, "armed, but the floor could not be written in",
				 "/var/lib/crashseal", kept.floor, "make room there and load again");
	return STATUS_OK;
}

static bool asks_for_limit(const struct attempt *a)
{
	return (a->seal.header.flags & SEAL_FLAG_LIMIT_LOADS) != 0;
}

/* `there`: the kernel has the limit. */
static void limited(struct attempt *a, bool done, bool there)
{
	a->report.limited = done;
	if (!done)
		warn(there ? "the profile asks for limitLoads, but kernel.kexec_load_limit_panic cannot be set: "
			     "another capture kernel can be loaded in place of this one" :
			     "the profile asks for limitLoads, and this kernel does not have kernel.kexec_load_limit_panic "
			     "(Linux 6.3 has it): another capture kernel can be loaded in place of this one");
}

static enum status call(struct attempt *a)
{
	a->called = true;
	const enum status status = load_image(&a->load, &a->reader, &a->failure);
	/* It may have had to take the other call: then nothing lies where it was placed. */
	if (a->load.backend == BACKEND_FILE)
		a->report.depth = REPORT_READ;
	if (status != STATUS_OK)
		return status;
	a->report.action = "armed";
	a->report.armed = true;
	a->report.milliseconds = terms_milliseconds(a->terms);
	if (asks_for_limit(a))
		limited(a, load_limit(&a->terms->root) == 0, load_can_be_limited(&a->reader));
	return keep(a);
}

/* What changed meanwhile may have come to rest: a device that settles has some events. */
static enum status walk(struct attempt *a)
{
	enum status status = attempt_walk(a, STEPS_ALL);

	for (unsigned int i = 0; status == STATUS_CHANGED_MEANWHILE && i < RETRIES; i++) {
		if (sys_sleep(RETRY_AFTER) < 0)
			break;
		status = attempt_walk(a, STEPS_ALL);
	}
	return status;
}

enum status arm_one(struct attempt *a)
{
	const struct options *const o = a->terms->options;

	a->report.action = "refused";
	const enum status status = walk(a);
	if (status != STATUS_OK)
		return status;
	health_look(&a->seal, &a->reader, &a->health);
	a->report.health = &a->health;
	if (o->emit)
		return emit(a);
	if (arch_shows_others && a->arch->shown_only) {
		struct text *t = failure_begin(&a->failure, STATUS_WRONG_ARCH);

		text_put(t, "no loader exists for ");
		text_put(t, a->arch->name);
		text_put(t, ": what is shown of the bundle was never run, and nothing can load it");
		failure_detail(&a->failure, DETAIL_NO_LOADER);
		return failure_end(&a->failure, "build for an architecture that has a loader");
	}
	if (o->action == ACTION_DRY_RUN || !a->terms->root.real) {
		a->report.action = "would arm";
		if (asks_for_limit(a))
			limited(a, load_can_be_limited(&a->reader), false);
		return STATUS_OK;
	}
	return call(a);
}

void arm_last_good(struct attempt *a)
{
	static struct attempt last;

	/* Memory may be what the call failed for. The report needs no more than the seal. */
	file_unload(&a->image, BUNDLE_HEAD_MAX);
	if (a->report.depth > REPORT_SIGNED)
		a->report.depth = REPORT_SIGNED;
	attempt_begin(&last, a->terms);
	last.path = STATE_LAST_GOOD;
	last.stands_in = true;
	arm_one(&last);
	if (!load_armed(&a->reader))
		record_drop(&a->terms->root);
	a->report.rearmed = &last.report;
}
