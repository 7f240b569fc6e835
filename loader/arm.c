/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a bundle to what is armed. Everything that can be refused is refused before kexec_load(2),
 * because that call frees what was armed before it looks at what it is given.
 */
#include "elfcorehdr.h"
#include "identity.h"
#include "overlay.h"
#include "place.h"
#include "run.h"
#include "sys.h"

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
	return path ? changed(&run->failure, path) : STATUS_OK;
}

/* From a file to filled segments: all that a load does but the call. */
static enum status prepare(struct run *run)
{
	struct failure *f = &run->failure;
	enum status status = open_sealed(run);

	if (status == STATUS_OK)
		status = identity_check(&run->seal, &run->reader, !run->root.real, run->now, &run->arch,
					f);
	if (status == STATUS_OK)
		status = load_permitted(&run->load, run->seal.header.backend, &run->reader, f);
	if (status == STATUS_OK)
		status = match_members(run);
	if (status == STATUS_OK)
		status = check_digests(run);
	if (status == STATUS_OK)
		status = overlay_read(run->options.overlay, &run->seal, &run->bundle,
				      run->hash_features, &run->load, f);
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
		return status;
	}
	if (status == STATUS_OK)
		status = fill_live(&run->load, &run->machine, &run->reader, run->hash_features, f);
	if (status == STATUS_OK)
		status = check_headers(run);
	if (status == STATUS_OK)
		status = check_unchanged(run);
	if (status == STATUS_OK)
		run->report.depth = REPORT_FILLED;
	return status;
}

enum status arm(struct run *run)
{
	enum status status = prepare(run);

	run->report.action = "refused";
	if (status != STATUS_OK)
		return status;
	if (run->options.emit) {
		int dir;
		struct text t;
		run->report.action = "emitted";
		status = load_emit(&run->load, run->options.emit, &dir, &run->failure);
		if (status != STATUS_OK)
			return status;
		run->report.milliseconds = milliseconds_since(run->started);
		render_json(run, &t);
		long error = file_replace(dir, "layout.json", t.buffer, t.used, 0600);
		sys_close(dir);
		return error < 0 ? fail_file(&run->failure, STATUS_FAILED, "cannot write", "layout.json",
					     error, NULL) :
				   STATUS_OK;
	}
	if (run->options.action == ACTION_DRY_RUN || !run->root.real) {
		run->report.action = "would arm";
		return STATUS_OK;
	}
	status = load_image(&run->load, &run->reader, &run->failure);
	/* It may have had to take the other call: then nothing lies where it was placed. */
	if (run->load.backend == BACKEND_FILE)
		run->report.depth = REPORT_READ;
	if (status != STATUS_OK) {
		if (!load_armed(&run->reader))
			drop_record(run);
		return status;
	}
	run->report.action = "armed";
	run->report.milliseconds = milliseconds_since(run->started);
	if ((run->seal.header.flags & SEAL_FLAG_LIMIT_LOADS) != 0) {
		run->report.limited = load_limit(&run->root) == 0;
		if (!run->report.limited)
			warn("kernel.kexec_load_limit_panic could not be set to 0, as the profile asks");
	}
	keep_record(run);
	return STATUS_OK;
}
