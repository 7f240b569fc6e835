/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a bundle to what is armed. Everything that can be refused is refused before kexec_load(2),
 * because that call frees what was armed before it looks at what it is given.
 */
#include "arch/registry.h"
#include "segments/elfcorehdr.h"
#include "machine/identity.h"
#include "segments/overlay.h"
#include "load/emit.h"
#include "segments/place.h"
#include "run/run.h"
#include "base/sys.h"

static const char last_good[] = STATE_LAST_GOOD;

static enum status place(struct run *run)
{
	const struct machine *m = &run->machine;
	uint64_t address[SEAL_SEGMENTS_MAX];
	struct place_room room = {
		.region = iomem_crash_main(&m->iomem),
		.keep_free = run->arch->control_pages(ranges_total(&m->iomem.ram)) * 4096,
		.memory_total = m->memory_total,
	};
	enum status status = place_segments(&run->seal, &room, address, &run->failure);

	if (status != STATUS_OK)
		return status;
	struct load *load = &run->load;
	load->seal = &run->seal;
	load->arch = run->arch;
	for (uint32_t i = 0; i < run->seal.header.segment_count; i++) {
		const struct seal_segment *s = &run->seal.segments[i];
		load->segments[i].sealed = s;
		load->segments[i].buf =
			run->bundle.member[s->member + BUNDLE_FIRST_SEALED].data + s->buf_offset;
		load->segments[i].mem = address[i];
	}
	load->entry = address[run->seal.header.entry_segment] + run->seal.header.entry_offset;
	run->report.depth = REPORT_PLACED;
	return STATUS_OK;
}

static enum status check_headers(struct run *run)
{
	for (uint32_t i = 0; i < run->seal.header.live_count; i++) {
		const struct seal_live *v = &run->seal.live[i];
		if (v->source != LIVE_SOURCE_ELFCOREHDR)
			continue;
		enum status status = elfcorehdr_check(run->load.segments[v->segment].buf, v->size,
						      &run->machine, &run->failure);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status changed(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_CHANGED_MEANWHILE);

	text_outside(t, what, str_length(what));
	text_put(t, " changed while the bundle was filled from it");
	return failure_end(f, "load the bundle again");
}

/*
 * Everything that was filled in is read once more, as the last thing before the system call: a
 * device that was taken away or another that was configured in between must not be armed.
 */
static enum status check_unchanged(struct run *run)
{
	struct failure ignored;
	enum status status = machine_read(&run->again, &run->reader, run->arch, run->seal.sources,
					  &ignored);

	if (status != STATUS_OK || !machine_same(&run->machine, &run->again))
		return changed(&run->failure, "what this machine says of its memory and CPUs");
	const char *path = reader_unchanged(&run->reader);
	if (path)
		return changed(&run->failure, path);
	return STATUS_OK;
}

/* The rules hold still. */
static enum status match_again(struct run *run)
{
	if (identity_match(&run->seal, &run->reader, &run->failure) == STATUS_OK)
		return STATUS_OK;
	run->failure.status = STATUS_CHANGED_MEANWHILE;
	return failure_end(&run->failure, "load the bundle again");
}

enum status check_identity(struct run *run)
{
	const struct floor *floor = &run->floor;

	const uint64_t lowest = floor->epoch > floor->admin_epoch ? floor->epoch : floor->admin_epoch;
	enum status status = arch_of_seal(&run->seal, !run->root.real, &run->arch, &run->failure);

	if (status == STATUS_OK)
		status = identity_check(&run->seal, &run->reader, run->now, lowest, &run->failure);
	return status;
}

/*
 * Unless the caller names one, the machine's own, where there is one and the bundle has room for it.
 * One that is there but cannot be read is a refusal, so a link counts wherever it leads.
 */
static const char *overlay_path(const struct run *run)
{
	static const char own[] = "/etc/crashseal/overlay";

	/* The last good bundle need not take what was meant for another. */
	if ((run->seal.header.flags & SEAL_FLAG_LOCAL_OVERLAY) == 0)
		return run->path == last_good ? NULL : run->options.overlay;
	if (run->options.overlay || !run->root.real)
		return run->options.overlay;
	const long fd = root_openat(&run->root, own, SYS_PATH | sys_flag_no_follow());
	if (fd >= 0)
		sys_close((int)fd);
	return fd == -SYS_ENOENT || fd == -SYS_ENOTDIR ? NULL : own;
}

/* From a file to filled segments: all that a load does but the call. */
static enum status prepare(struct run *run)
{
	struct failure *f = &run->failure;
	enum status status = open_sealed(run);

	if (status == STATUS_OK)
		status = check_identity(run);
	if (status == STATUS_OK)
		status = load_permitted(&run->load, run->seal.header.backend, &run->reader, f);
	if (status == STATUS_OK)
		status = open_members(run);
	if (status == STATUS_OK)
		status = overlay_read(overlay_path(run), &run->seal, &run->bundle, run->hash_features,
				      &run->load, f);
	if (status != STATUS_OK)
		return status;
	bool file = run->load.backend == BACKEND_FILE;
	status = machine_read(&run->machine, &run->reader, run->arch,
			      file ? 1u << LIVE_SOURCE_HOTPLUG : run->seal.sources, f);
	if (status != STATUS_OK)
		return status;
	run->report.depth = REPORT_READ;
	if (run->arch->demands)
		status = run->arch->demands(&run->seal, &run->machine, f);
	if (status == STATUS_OK)
		status = place(run);
	if (file) {
		/* That it fits is known; where it goes is the kernel's choice, and so is what is filled in. */
		run->report.depth = REPORT_READ;
		run->load.hotplug = run->machine.elfcorehdr_size != 0;
		return status == STATUS_OK ? match_again(run) : status;
	}
	if (status == STATUS_OK)
		status = fill_live(&run->load, &run->machine, &run->reader, run->hash_features, f);
	if (status == STATUS_OK)
		status = check_headers(run);
	if (status == STATUS_OK)
		status = check_unchanged(run);
	if (status == STATUS_OK)
		status = match_again(run);
	if (status == STATUS_OK)
		run->report.depth = REPORT_FILLED;
	return status;
}

static enum status emit(struct run *run)
{
	struct text t;
	int dir;
	enum status status = load_emit(&run->load, run->options.emit, &dir, &run->failure);

	if (status != STATUS_OK)
		return status;
	run->report.action = "emitted";
	run->report.milliseconds = milliseconds_since(run->started);
	text_init(&t, run->out, sizeof(run->out));
	report_json(&run->report, &t);
	long error = file_replace(dir, "layout.json", t.buffer, t.used, 0600);
	sys_close(dir);
	return error < 0 ? load_emit_failed(&run->failure, "layout.json", error) : STATUS_OK;
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

/* It is armed whatever becomes of this: record, floor and the bundle itself. */
static enum status keep(struct run *run)
{
	static char words[4096];
	struct text json, line;
	long error;

	text_init(&json, run->out, sizeof(run->out));
	report_json(&run->report, &json);
	text_init(&line, words, sizeof(words));
	report_line(&run->report, &line);
	if (record_keep(&run->root, &json, &line) < 0)
		warn("cannot keep a record in /run/crashseal: --status will not know what is armed");
	if (run->seal.header.epoch > run->floor.epoch)
		run->floor.epoch = run->seal.header.epoch;
	raise_time(&run->floor, run->seal.header.not_before);
	for (size_t i = 0; i < run->signers.count; i++)
		raise_time(&run->floor, (uint64_t)run->signers.signer[i].valid_from);
	error = floor_keep(&run->root, &run->floor);
	if (last_good_keep(&run->root, &run->image, run->bundle.head_size) < 0)
		warn("cannot keep the bundle as " STATE_LAST_GOOD ": a load that fails cannot be undone");
	if (error < 0)
		return fail_file(&run->failure, STATUS_FLOOR_NOT_KEPT, "armed, but the floor could not be written in",
				 "/var/lib/crashseal", error, "make room there and load again");
	return STATUS_OK;
}

enum status arm_one(struct run *run)
{
	enum status status = prepare(run);

	run->report.action = "refused";
	if (status != STATUS_OK)
		return status;
	if (run->options.emit)
		return emit(run);
	if (run->options.action == ACTION_DRY_RUN || !run->root.real) {
		run->report.action = "would arm";
		return STATUS_OK;
	}
	run->called = true;
	status = load_image(&run->load, &run->reader, &run->failure);
	/* It may have had to take the other call: then nothing lies where it was placed. */
	if (run->load.backend == BACKEND_FILE)
		run->report.depth = REPORT_READ;
	if (status != STATUS_OK)
		return status;
	run->report.action = "armed";
	run->report.armed = true;
	run->report.milliseconds = milliseconds_since(run->started);
	if ((run->seal.header.flags & SEAL_FLAG_LIMIT_LOADS) != 0) {
		run->report.limited = load_limit(&run->root) == 0;
		if (!run->report.limited)
			warn("kernel.kexec_load_limit_panic could not be set to 0, as the profile asks");
	}
	return keep(run);
}

void arm_last_good(struct run *run)
{
	static struct run last;

	/* Memory may be what the call failed for. The report needs no more than the seal. */
	file_unload(&run->image, BUNDLE_HEAD_MAX);
	if (run->report.depth > REPORT_SIGNED)
		run->report.depth = REPORT_SIGNED;
	last.options.trust = run->options.trust;
	last.options.overlay = run->options.overlay;
	last.path = last_good;
	last.floor = run->floor;
	if (run_begin(&last, &run->root) == STATUS_OK) {
		last.now = run->now;
		arm_one(&last);
	}
	if (!load_armed(&run->reader))
		record_drop(&run->root);
	run->report.rearmed = &last.report;
}
