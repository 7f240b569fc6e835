/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crashseal-load: verify a bundle, read this machine, place, fill, load, report. docs/loader.md.
 * Everything that can be refused is refused before kexec_load(2), because that call frees what was
 * armed before it looks at what it is given.
 */
#include "main.h"

#include "cpu_features.h"
#include "elfcorehdr.h"
#include "facts.h"
#include "identity.h"
#include "load.h"
#include "memory.h"
#include "options.h"
#include "place.h"
#include "report.h"
#include "sha256.h"
#include "sys.h"
#include "trust.h"
#include "version.h"

/* Where the report of what is armed stays until the next boot: for machines, and the line for people. */
#define RUN_FOLDER "/run/crashseal"
#define RUN_RECORD "armed.json"
#define RUN_LINE "armed"
#define RECORD_MAX (1u << 20)
/* A note buffer takes some 42 bytes of the report, and every CPU has one. */
_Static_assert(RECORD_MAX >= MACHINE_CPUS_MAX * 64u, "a report holds every CPU");

/* One run of the program. Static, since some of it is large; pages that nobody touches cost nothing. */
struct run {
	struct options options;
	struct failure failure;
	struct root root;
	struct reader reader;
	struct file_image image;
	struct bundle bundle;
	struct trust_store trust;
	struct signer signer;
	struct seal seal;
	const struct arch *arch;
	struct machine machine;
	/* Read once more before the load. */
	struct machine again;
	struct load load;
	struct report report;
	char release[128];
	uint64_t started;
	uint64_t now;
	uint64_t hash_features;
	char out[RECORD_MAX];
};

static void say(int fd, const struct text *t)
{
	file_write_all(fd, t->buffer, t->used);
}

static uint64_t milliseconds_since(uint64_t start)
{
	uint64_t now = start;

	sys_monotonic(&now);
	return (now - start) / 1000000;
}

/* --trust names a file of the caller's, outside of any root. */
static enum status open_trust(struct run *run)
{
	struct file_image image;

	if (!run->options.trust)
		return trust_open(&run->root, TRUST_DEFAULT_PATH, &run->trust, &run->failure);
	enum status status = file_load(run->options.trust, TRUST_FILE_MAX, STATUS_NO_TRUST, &image,
				       &run->failure);
	if (status != STATUS_OK)
		return status;
	status = trust_parse(image.bytes, image.size, run->options.trust, &run->trust,
			     &run->failure);
	file_unload(&image);
	return status;
}

/* Seal and signer: nothing of the bundle has been looked at before its signature is right. */
static enum status open_sealed(struct run *run)
{
	struct failure *f = &run->failure;
	enum status status = file_load(run->options.bundle, BUNDLE_SIZE_MAX, STATUS_NO_FILE,
				       &run->image, f);

	if (status == STATUS_OK)
		status = bundle_open(&run->bundle, run->image.bytes, run->image.size, f);
	if (status == STATUS_OK)
		status = open_trust(run);
	if (status == STATUS_OK)
		status = bundle_verify(&run->bundle, &run->trust, run->now, &run->signer, f);
	if (status != STATUS_OK)
		return status;
	const struct bundle_member *sealed = &run->bundle.member[BUNDLE_SEAL];
	const char *why = seal_parse(&run->seal, sealed->data, sealed->size);
	if (why) {
		struct text *t = failure_begin(f, STATUS_BAD_SEAL);
		text_put(t, "the seal: ");
		text_put(t, why);
		text_put(t, " (entry ");
		text_decimal(t, run->seal.fault_index);
		text_char(t, ')');
		return failure_end(f, "is this loader older than the tool that built the bundle?");
	}
	run->report.depth = REPORT_SIGNED;
	return STATUS_OK;
}

static enum status bad_member(struct failure *f, enum status status, const char *name,
			      const char *why)
{
	struct text *t = failure_begin(f, status);

	text_put(t, "member ");
	text_put(t, name);
	text_put(t, why);
	return failure_end(f, "the bundle is damaged or was changed: fetch it again");
}

/* The members of the archive are those of the seal, in its order and of its sizes. */
static enum status match_members(struct run *run)
{
	const struct seal *seal = &run->seal;
	size_t count = run->bundle.member_count - BUNDLE_FIRST_SEALED;

	if (count != seal->header.member_count)
		return fail(&run->failure, STATUS_BAD_ENVELOPE,
			    "the archive has not as many members as its seal lists", NULL);
	for (size_t i = 0; i < count; i++) {
		const struct bundle_member *m = &run->bundle.member[i + BUNDLE_FIRST_SEALED];
		if (!str_equal(m->name, seal->members[i].name))
			return bad_member(&run->failure, STATUS_BAD_ENVELOPE, m->name,
					  " is not the one that the seal lists here");
		if (m->size != seal->members[i].size)
			return bad_member(&run->failure, STATUS_BAD_ENVELOPE, m->name,
					  " has not the size that the seal lists");
	}
	return STATUS_OK;
}

/* One pass over the buffers that are loaded; there is no second copy that could differ. */
static enum status check_digests(struct run *run)
{
	for (uint32_t i = 0; i < run->seal.header.member_count; i++) {
		const struct bundle_member *m = &run->bundle.member[i + BUNDLE_FIRST_SEALED];
		uint8_t digest[SHA256_DIGEST_BYTES];
		sha256_digest(digest, m->data, m->size, run->hash_features);
		if (!mem_equal(digest, run->seal.members[i].digest, sizeof(digest)))
			return bad_member(&run->failure, STATUS_BAD_DIGEST, m->name,
					  " differs from its digest in the seal");
	}
	return STATUS_OK;
}

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
	if (status == STATUS_OK && run->seal.header.backend == BACKEND_FILE)
		status = fail(f, STATUS_BAD_SEAL,
			      "the bundle is sealed for kexec_file_load, which this loader does not use",
			      "set the profile's backend to segments");
	if (status == STATUS_OK)
		status = load_permitted(&run->reader, f);
	if (status == STATUS_OK)
		status = match_members(run);
	if (status == STATUS_OK)
		status = check_digests(run);
	if (status != STATUS_OK)
		return status;
	status = machine_read(&run->machine, &run->reader, run->arch, run->seal.sources, f);
	if (status != STATUS_OK)
		return status;
	run->report.depth = REPORT_READ;
	if (run->arch->demands)
		status = run->arch->demands(&run->seal, &run->machine, f);
	if (status == STATUS_OK)
		status = place(run);
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

static void warn(const char *message)
{
	char line[256];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_put(&t, "warning: ");
	text_put(&t, message);
	text_char(&t, '\n');
	say(2, &t);
}

static void render_json(struct run *run, struct text *t)
{
	text_init(t, run->out, sizeof(run->out));
	report_json(&run->report, t);
}

/* For --status until the next boot; it is only a record, so its failure is no failure to arm. */
static void keep_record(struct run *run)
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

static void drop_record(struct run *run)
{
	sys_unlinkat(run->root.fd, RUN_FOLDER "/" RUN_RECORD, 0);
	sys_unlinkat(run->root.fd, RUN_FOLDER "/" RUN_LINE, 0);
}

static enum status arm(struct run *run)
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
	status = load_segments(&run->load, &run->reader, &run->failure);
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

static enum status check(struct run *run)
{
	enum status status = open_sealed(run);

	run->report.action = "refused";
	if (status == STATUS_OK)
		status = match_members(run);
	if (status == STATUS_OK)
		status = check_digests(run);
	if (status == STATUS_OK)
		run->report.action = "verified";
	return status;
}

static enum status gather(struct run *run)
{
	struct failure *f = &run->failure;
	const char *file = run->options.facts;
	enum status status = STATUS_OK;
	int fd = 1;

	if (run->options.bundle)
		status = open_sealed(run);
	if (status != STATUS_OK)
		return status;
	if (file) {
		long opened = sys_openat(SYS_HERE, file, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, 0600);
		if (opened < 0)
			return fail_file(f, STATUS_FAILED, "cannot write", file, opened, NULL);
		fd = (int)opened;
	}
	status = facts_write(fd, &run->machine, &run->reader, run->options.bundle ? &run->seal : NULL, f);
	/* A part of the facts would show another machine. A device or pipe that was named stays. */
	struct sys_stat written;

	if (file && status != STATUS_OK && sys_stat_fd(fd, &written) == 0 && sys_is_regular(&written))
		sys_unlinkat(SYS_HERE, file, 0);
	return status;
}

/* The kernel says whether something is armed; the record says what, if this program did it. */
static enum status show_status(struct run *run)
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

static enum status unload(struct run *run)
{
	enum status status = load_unload(&run->reader, &run->failure);

	run->report.action = status == STATUS_OK ? "unloaded" : "refused";
	if (status == STATUS_OK)
		drop_record(run);
	return status;
}

static void say_failure(const struct failure *f)
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

static void say_result(struct run *run)
{
	struct text t;

	if (run->failure.status != STATUS_OK)
		say_failure(&run->failure);
	if (run->failure.status == STATUS_OK && run->report.depth >= REPORT_SIGNED &&
	    run->signer.development)
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

static enum status start(struct run *run)
{
	struct failure *f = &run->failure;
	const char *root = run->options.root ? run->options.root : "/";
	int64_t now = 0;

	/* --root never loads, whatever it names; "/" alone would be the machine's own. */
	if (run->options.root && str_equal(root, "/"))
		root = "/.";
	long error = root_open(&run->root, root);
	if (error < 0)
		return fail_file(f, STATUS_USAGE, "cannot open", root, error, NULL);
	reader_init(&run->reader, &run->root);
	run->now = run->options.now;
	if (!run->options.has_now) {
		error = sys_time(&now);
		if (error < 0 || now < 0)
			return fail(f, STATUS_CLOCK_WRONG, "the clock cannot be read", NULL);
		run->now = (uint64_t)now;
	}
	run->hash_features = cpu_features_detect();
	run->report = (struct report){
		.action = "refused",
		.depth = REPORT_NOTHING,
		.seal = &run->seal,
		.signer = &run->signer,
		.machine = &run->machine,
		.load = &run->load,
		.failure = f,
		.running_release = run->release,
	};
	if (run->options.action != ACTION_FACTS)
		report_release(&run->reader, run->release, sizeof(run->release));
	return STATUS_OK;
}

int loader_main(int argc, char **argv, char **envp)
{
	static struct run run;
	enum status status;

	(void)envp;
	sys_monotonic(&run.started);
	failure_clear(&run.failure);
	status = options_parse(&run.options, argc, argv, &run.failure);
	if (status == STATUS_OK && run.options.action == ACTION_HELP) {
		file_write_all(1, options_help, str_length(options_help));
		return STATUS_OK;
	}
	if (status == STATUS_OK && run.options.action == ACTION_VERSION) {
		static const char version[] = "crashseal-load " CRASHSEAL_VERSION "\n";
		file_write_all(1, version, sizeof(version) - 1);
		return STATUS_OK;
	}
	if (status == STATUS_OK)
		status = start(&run);
	if (status != STATUS_OK) {
		say_failure(&run.failure);
		return (int)status;
	}
	switch (run.options.action) {
	case ACTION_STATUS:
		return (int)show_status(&run);
	case ACTION_FACTS:
		status = gather(&run);
		if (status != STATUS_OK)
			say_failure(&run.failure);
		return (int)status;
	case ACTION_UNLOAD:
		status = unload(&run);
		break;
	case ACTION_CHECK:
		status = check(&run);
		break;
	default:
		status = arm(&run);
		break;
	}
	/* What is armed is armed: the time is of the work, not of the report. */
	if (run.report.milliseconds == 0)
		run.report.milliseconds = milliseconds_since(run.started);
	say_result(&run);
	return (int)status;
}
