/* SPDX-License-Identifier: Apache-2.0 */
#include "run/report.h"

#include "arch/registry.h"
#include "run/report_keys.h"
#include "sha256.h"

static void put_seal_string(struct text *t, struct seal_string s)
{
	text_chars(t, s.at, s.length);
}

static uint64_t total(const struct report *r)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < r->seal->header.segment_count; i++)
		sum += r->seal->segments[i].bufsz;
	return sum;
}

/* Indexed by reason; none is 0. */
static const struct {
	const char *name;
	const char *words;
} file_reasons[] = {
#define REASON(code, its_name, its_words) [code] = { its_name, its_words },
	FILE_REASONS(REASON)
#undef REASON
};

/* Each in `quote`s. */
static void put_losses(struct text *t, const char *quote, const char *between)
{
	static const char *const losses[] = {
#define LOSS(code, name) name,
		FILE_LOSS_NAMES(LOSS)
#undef LOSS
	};

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		text_put(t, i > 0 ? between : "");
		text_put(t, quote);
		text_put(t, losses[i]);
		text_put(t, quote);
	}
}

void report_line(const struct report *r, struct text *t)
{
	const struct seal_header *h = &r->seal->header;

	text_put(t, r->action);
	text_put(t, (h->flags & SEAL_FLAG_TESTING) != 0 ? ", for TESTING only: profile " : ": profile ");
	put_seal_string(t, seal_text(r->seal, h->profile_offset, h->profile_length));
	if (h->release_length > 0) {
		text_put(t, ", kernel ");
		put_seal_string(t, seal_text(r->seal, h->release_offset, h->release_length));
	}
	text_put(t, ", ");
	text_decimal(t, h->segment_count);
	text_put(t, " segments, ");
	text_size(t, total(r));
	if (r->depth >= REPORT_READ) {
		struct range crash = iomem_crash_main(&r->machine->iomem);
		text_put(t, " in a crash region of ");
		text_size(t, range_size(crash));
		text_put(t, " at ");
		text_hex(t, crash.start);
	}
	if (r->depth >= REPORT_READ && r->load->overlay_size != 0) {
		text_put(t, ", with a local overlay, SHA-256 ");
		text_bytes(t, r->load->overlay_digest, SHA256_DIGEST_BYTES);
	}
	if (r->depth == REPORT_SIGNED) {
		text_put(t, ", signed by ");
		for (size_t i = 0; i < r->signers->count; i++) {
			text_put(t, i == 0 ? "" : " and ");
			text_put(t, r->signers->signer[i].name);
		}
	}
	text_put(t, ", in ");
	text_decimal(t, r->milliseconds);
	text_put(t, " ms\n");
	if (r->load->backend != BACKEND_FILE || r->depth < REPORT_READ)
		return;
	text_put(t, "by kexec_file_load");
	if (r->load->because) {
		text_put(t, ", because ");
		text_put(t, file_reasons[r->load->because].words);
	}
	text_put(t, "; these guarantees are gone: ");
	put_losses(t, "", ", ");
	text_char(t, '\n');
}

/* JSON is written with all keys in a fixed order; `first` says that no comma is due. */
struct json {
	struct text *t;
	bool first;
};

static void next(struct json *j)
{
	if (!j->first)
		text_char(j->t, ',');
	j->first = false;
}

static void key(struct json *j, const char *name)
{
	next(j);
	text_char(j->t, '"');
	text_put(j->t, name);
	text_put(j->t, "\":");
}

static void open(struct json *j, char bracket)
{
	text_char(j->t, bracket);
	j->first = true;
}

static void close(struct json *j, char bracket)
{
	text_char(j->t, bracket);
	j->first = false;
}

static void key_chars(struct json *j, const char *name, const char *s, size_t length)
{
	key(j, name);
	text_json_string(j->t, s, length);
}

static void key_string(struct json *j, const char *name, const char *value)
{
	key_chars(j, name, value, str_length(value));
}

static void key_hex(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	text_char(j->t, '"');
	text_hex(j->t, value);
	text_char(j->t, '"');
}

static void key_number(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	text_decimal(j->t, value);
}

static void key_bool(struct json *j, const char *name, bool value)
{
	key(j, name);
	text_put(j->t, value ? "true" : "false");
}

static void key_bytes(struct json *j, const char *name, const uint8_t *bytes, size_t size)
{
	key(j, name);
	text_char(j->t, '"');
	text_bytes(j->t, bytes, size);
	text_char(j->t, '"');
}

/* Seconds since 1970 as a date; 0 is "not stated". */
static void key_time(struct json *j, const char *name, uint64_t seconds)
{
	key(j, name);
	if (seconds == 0) {
		text_put(j->t, "null");
		return;
	}
	text_char(j->t, '"');
	text_time(j->t, (int64_t)seconds);
	text_char(j->t, '"');
}

static void range_object(struct json *j, struct range r)
{
	open(j, '{');
	key_hex(j, REPORT_KEY_START, r.start);
	key_hex(j, REPORT_KEY_SIZE, range_size(r));
	close(j, '}');
}

static void range_list(struct json *j, const char *name, const struct range *ranges, uint32_t count)
{
	key(j, name);
	open(j, '[');
	for (uint32_t i = 0; i < count; i++) {
		next(j);
		range_object(j, ranges[i]);
	}
	close(j, ']');
}

static const char *kind_name(uint16_t kind)
{
	switch (kind) {
#define NAME(code, name) \
	case code:       \
		return name;
		SEGMENT_KIND_NAMES(NAME)
#undef NAME
	default:
		return "unknown";
	}
}

static void bundle_facts(struct json *j, const struct report *r)
{
	const struct seal_header *h = &r->seal->header;
	const struct arch *arch = arch_find(h->machine);
	struct seal_string s = seal_text(r->seal, h->profile_offset, h->profile_length);

	key(j, REPORT_KEY_BUNDLE);
	open(j, '{');
	key_chars(j, REPORT_KEY_PROFILE, s.at, s.length);
	key_string(j, REPORT_KEY_ARCHITECTURE, arch ? arch->name : "unknown");
	s = seal_text(r->seal, h->release_offset, h->release_length);
	key_chars(j, REPORT_KEY_KERNEL_RELEASE, s.at, s.length);
	key_bytes(j, REPORT_KEY_KERNEL_BUILD_ID, h->build_id, SEAL_HEADER_BUILD_ID_BYTES);
	key_number(j, REPORT_KEY_EPOCH, h->epoch);
	key_time(j, REPORT_KEY_NOT_BEFORE, h->not_before);
	key_time(j, REPORT_KEY_NOT_AFTER, h->not_after);
	key_hex(j, REPORT_KEY_CRASH_SIZE, h->crash_size);
	key_bool(j, REPORT_KEY_TESTING, (h->flags & SEAL_FLAG_TESTING) != 0);
	close(j, '}');
	key(j, REPORT_KEY_SIGNERS);
	open(j, '[');
	for (size_t i = 0; i < r->signers->count; i++) {
		const struct signer *signer = &r->signers->signer[i];
		next(j);
		open(j, '{');
		key_string(j, REPORT_KEY_NAME, signer->name);
		key_bytes(j, REPORT_KEY_FINGERPRINT, signer->fingerprint, sizeof(signer->fingerprint));
		key_bool(j, REPORT_KEY_DEVELOPMENT_KEY, signer->development);
		close(j, '}');
	}
	close(j, ']');
}

static void machine_facts(struct json *j, const struct report *r)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} features[] = {
#define FEATURE(code, name) { code, name },
		CPU_FEATURE_NAMES(FEATURE)
#undef FEATURE
	};
	const struct machine *m = r->machine;

	key(j, REPORT_KEY_MACHINE);
	open(j, '{');
	key_string(j, REPORT_KEY_KERNEL_RELEASE, r->running_release);
	key(j, REPORT_KEY_CRASH_REGION);
	range_object(j, iomem_crash_main(&m->iomem));
	key(j, REPORT_KEY_LOW_CRASH_REGION);
	if (m->iomem.crash_count == 2)
		range_object(j, m->iomem.crash[0]);
	else
		text_put(j->t, "null");
	range_list(j, REPORT_KEY_DUMP_RANGES, m->dump.items, m->dump.count);
	range_list(j, REPORT_KEY_CPU_NOTES, m->cpu_notes, m->cpu_count);
	key_number(j, REPORT_KEY_CPUS, m->cpu_count);
	key(j, REPORT_KEY_VMCOREINFO);
	range_object(j, m->vmcoreinfo);
	if (m->has_virtual_map) {
		key_hex(j, REPORT_KEY_DIRECT_MAP, m->virtual_map.direct);
		key_hex(j, REPORT_KEY_KERNEL_TEXT_VIRTUAL, m->virtual_map.text_virtual);
		key_hex(j, REPORT_KEY_KERNEL_TEXT_PHYSICAL, m->virtual_map.text_physical);
		key_hex(j, REPORT_KEY_KERNEL_TEXT_SIZE, m->virtual_map.text_size);
	}
	key_hex(j, REPORT_KEY_ACPI_RSDP, m->acpi_rsdp);
	key(j, REPORT_KEY_CPU_FEATURES);
	open(j, '[');
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if ((m->cpu_features & features[i].bit) == 0)
			continue;
		next(j);
		text_json_string(j->t, features[i].name, str_length(features[i].name));
	}
	close(j, ']');
	close(j, '}');
}

/* Where live words were appended, there the whole line stands; else the sealed one. */
static void command_line(struct json *j, const struct report *r)
{
	const struct seal *seal = r->seal;

	for (uint32_t i = 0; r->depth >= REPORT_FILLED && i < seal->header.live_count; i++) {
		const struct seal_live *v = &seal->live[i];
		if (!live_is_text(v))
			continue;
		const char *line = (const char *)r->load->segments[v->segment].buf + v->offset;
		size_t length = 0;
		while (length < v->size && line[length] != '\0')
			length++;
		key_chars(j, REPORT_KEY_COMMAND_LINE, line, length);
		return;
	}
	struct seal_string s = seal_text(seal, seal->header.command_line_offset,
					 seal->header.command_line_length);
	key_chars(j, REPORT_KEY_COMMAND_LINE, s.at, s.length);
}

static void segment_facts(struct json *j, const struct report *r)
{
	key(j, REPORT_KEY_SEGMENTS);
	open(j, '[');
	for (uint32_t i = 0; i < r->seal->header.segment_count; i++) {
		const struct loaded_segment *s = &r->load->segments[i];
		struct range crash = iomem_crash_main(&r->machine->iomem);
		next(j);
		open(j, '{');
		key_string(j, REPORT_KEY_NAME, s->sealed->name);
		key_string(j, REPORT_KEY_KIND, kind_name(s->sealed->kind));
		key_hex(j, REPORT_KEY_MEM, s->mem);
		key_hex(j, REPORT_KEY_MEMSZ, s->sealed->memsz);
		key_hex(j, REPORT_KEY_BUFSZ, s->sealed->bufsz);
		key_bool(j, REPORT_KEY_AS_PLANNED, s->mem - crash.start == s->sealed->place);
		key_bool(j, REPORT_KEY_HOLDS_LIVE_VALUES, (r->seal->live_segments >> i & 1) != 0);
		close(j, '}');
	}
	close(j, ']');
	key_hex(j, REPORT_KEY_ENTRY, r->load->entry);
	command_line(j, r);
}

static void guarantees(struct json *j, const struct report *r)
{
	bool good = r->failure->status == STATUS_OK || r->armed;
	bool file = r->depth >= REPORT_READ && r->load->backend == BACKEND_FILE;
	bool filled = good && r->depth >= REPORT_FILLED && !file;

	key(j, REPORT_KEY_GUARANTEES);
	open(j, '{');
	key_bool(j, REPORT_KEY_SIGNATURE, true);
	key_bool(j, REPORT_KEY_MEMBER_DIGESTS, good);
	key_bool(j, REPORT_KEY_ELF_CORE_HEADER_CHECKED,
		 filled && (r->seal->sources >> LIVE_SOURCE_ELFCOREHDR & 1) != 0);
	key_bool(j, REPORT_KEY_DIGESTS_CHECKED_AFTER_PANIC, filled);
	/* Then the kernel rewrites the header after the digests were taken; without it, load again on hot-plug. */
	key_bool(j, REPORT_KEY_CRASH_HOTPLUG, r->load->hotplug);
	key_bool(j, REPORT_KEY_LOADS_LIMITED, r->limited);
	close(j, '}');
	key(j, REPORT_KEY_GUARANTEES_GONE);
	open(j, '[');
	if (file)
		put_losses(j->t, "\"", ",");
	close(j, ']');
	if (r->depth < REPORT_READ)
		return;
	key_string(j, REPORT_KEY_BACKEND, file ? "file" : "segments");
	if (r->load->because)
		key_string(j, REPORT_KEY_BACKEND_BECAUSE,
			   file_reasons[r->load->because].name);
	key(j, REPORT_KEY_LOCAL_OVERLAY);
	if (r->load->overlay_size == 0) {
		text_put(j->t, "null");
		return;
	}
	open(j, '{');
	key_number(j, REPORT_KEY_SIZE, r->load->overlay_size);
	key_bytes(j, REPORT_KEY_SHA256, r->load->overlay_digest, SHA256_DIGEST_BYTES);
	close(j, '}');
}

static void failure_facts(struct json *j, const struct failure *f)
{
	key_string(j, REPORT_KEY_ERROR, f->message);
	if (f->detail != DETAIL_NONE)
		key_string(j, REPORT_KEY_DETAIL, detail_name(f->detail));
	if (f->has_index)
		key_number(j, REPORT_KEY_INDEX, f->index);
	if (f->path[0] != '\0')
		key_string(j, REPORT_KEY_PATH, f->path);
}

static void refused(struct json *j, const struct candidates *c)
{
	key(j, REPORT_KEY_REFUSED);
	open(j, '[');
	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *it = &c->item[i];
		if (it == c->chosen || it->failure.status == STATUS_OK)
			continue;
		next(j);
		open(j, '{');
		key_string(j, REPORT_KEY_BUNDLE, it->path);
		key_string(j, REPORT_KEY_STATUS, status_name(it->failure.status));
		failure_facts(j, &it->failure);
		close(j, '}');
	}
	close(j, ']');
	if (c->left_out > 0)
		key_number(j, REPORT_KEY_LEFT_OUT, c->left_out);
}

static void run_facts(struct json *j, const struct report *r)
{
	key_string(j, REPORT_KEY_STATUS, status_name(r->failure->status));
	key_number(j, REPORT_KEY_EXIT_CODE, (uint64_t)r->failure->status);
	key_string(j, REPORT_KEY_ACTION, r->action);
	if (r->failure->status != STATUS_OK) {
		failure_facts(j, r->failure);
		key_string(j, REPORT_KEY_HINT, r->failure->hint);
	}
	if (r->depth >= REPORT_SIGNED)
		bundle_facts(j, r);
	if (r->depth >= REPORT_READ)
		machine_facts(j, r);
	if (r->depth >= REPORT_PLACED)
		segment_facts(j, r);
	else if (r->depth >= REPORT_READ && r->load->backend == BACKEND_FILE)
		command_line(j, r);
	if (r->depth >= REPORT_SIGNED)
		guarantees(j, r);
	key_number(j, REPORT_KEY_MILLISECONDS, r->milliseconds);
}

void report_json(const struct report *r, struct text *t)
{
	struct json j = { t, true };

	open(&j, '{');
	run_facts(&j, r);
	if (r->candidates && r->candidates->count > 1) {
		key_string(&j, REPORT_KEY_FILE, r->candidates->chosen->path);
		refused(&j, r->candidates);
	}
	if (r->rearmed) {
		key(&j, REPORT_KEY_REARMED);
		open(&j, '{');
		run_facts(&j, r->rearmed);
		close(&j, '}');
	}
	close(&j, '}');
	text_char(t, '\n');
}

void report_armed(bool armed, const char *record, size_t size, struct text *t)
{
	const enum status status = armed ? STATUS_OK : STATUS_NOT_ARMED;
	struct json j = { t, true };

	open(&j, '{');
	key_string(&j, REPORT_KEY_STATUS, status_name(status));
	key_number(&j, REPORT_KEY_EXIT_CODE, (uint64_t)status);
	key_bool(&j, REPORT_KEY_ARMED, armed);
	key(&j, REPORT_KEY_RECORD);
	if (size > 0)
		text_chars(t, record, size);
	else
		text_put(t, "null");
	close(&j, '}');
	text_char(t, '\n');
}
