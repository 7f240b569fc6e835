/* SPDX-License-Identifier: Apache-2.0 */
#include "run/report.h"

#include "arch/registry.h"
#include "run/json_out.h"
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
	if (r->attestation->good) {
		text_put(t, r->attestation->warned ? ", tried with warnings by " : ", tried by ");
		text_put(t, r->attestation->tester.name);
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

static void range_object(struct json *j, struct range r)
{
	json_open(j, '{');
	json_key_hex(j, REPORT_KEY_START, r.start);
	json_key_hex(j, REPORT_KEY_SIZE, range_size(r));
	json_close(j, '}');
}

static void range_list(struct json *j, const char *name, const struct range *ranges, uint32_t count)
{
	json_key(j, name);
	json_open(j, '[');
	for (uint32_t i = 0; i < count; i++) {
		json_next(j);
		range_object(j, ranges[i]);
	}
	json_close(j, ']');
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

static struct ending ending_of(enum expiring what, const struct signer *signer)
{
	return (struct ending){ what, signer->name, str_length(signer->name), (uint64_t)signer->valid_to };
}

/* Of every certificate that the next load needs as well. */
static size_t certificate_endings(const struct report *r, struct ending *endings)
{
	size_t count = 0;

	for (size_t i = 0; i < r->signers->count; i++)
		endings[count++] = ending_of(EXPIRING_CERTIFICATE, &r->signers->signer[i]);
	if (r->trust->list_signer)
		endings[count++] = ending_of(EXPIRING_REVOCATION_LIST, r->trust->list_signer);
	if (r->trust->attested != ATTESTED_NOT && r->attestation->good)
		endings[count++] = ending_of(EXPIRING_TESTER, &r->attestation->tester);
	return count;
}

uint64_t report_certificates_until(const struct report *r)
{
	struct ending endings[EXPIRING_MAX];
	const size_t count = certificate_endings(r, endings);
	uint64_t until = count > 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < count; i++)
		if (endings[i].at < until)
			until = endings[i].at;
	return until;
}

size_t report_endings(const struct report *r, struct ending endings[EXPIRING_MAX])
{
	const struct seal_header *const h = &r->seal->header;
	const struct seal_string profile = seal_text(r->seal, h->profile_offset, h->profile_length);
	struct ending all[EXPIRING_MAX];
	size_t listed = 0, count = 0;

	if (h->not_after != 0)
		all[listed++] = (struct ending){ EXPIRING_BUNDLE, profile.at, profile.length, h->not_after };
	listed += certificate_endings(r, all + listed);
	/* What has ended already is a refusal. */
	for (size_t i = 0; i < listed; i++)
		if (all[i].at >= r->now && all[i].at - r->now <= EXPIRES_SOON)
			endings[count++] = all[i];
	return count;
}

static void expiring(struct json *j, const struct report *r)
{
	static const char *const names[] = {
#define NAME(code, name) [code] = name,
		EXPIRING_NAMES(NAME)
#undef NAME
	};
	struct ending endings[EXPIRING_MAX];
	const size_t count = report_endings(r, endings);

	json_key(j, REPORT_KEY_EXPIRING);
	json_open(j, '[');
	for (size_t i = 0; i < count; i++) {
		json_next(j);
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_WHAT, names[endings[i].what]);
		json_key_chars(j, REPORT_KEY_OF, endings[i].of, endings[i].of_length);
		json_key_time(j, REPORT_KEY_NOT_AFTER, endings[i].at);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void attestation_facts(struct json *j, const struct report *r)
{
	const struct attestation *const it = r->attestation;

	json_key(j, REPORT_KEY_ATTESTATION);
	if (it->good) {
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_RESULT, it->warned ? "warned" : "passed");
		json_key_string(j, REPORT_KEY_TESTER, it->tester.name);
		json_key_bytes(j, REPORT_KEY_FINGERPRINT, it->tester.fingerprint,
			       sizeof(it->tester.fingerprint));
		json_close(j, '}');
		return;
	}
	text_put(j->t, "null");
	if (r->unattested->status != STATUS_OK)
		json_key_string(j, REPORT_KEY_NO_ATTESTATION, r->unattested->message);
}

static void bundle_facts(struct json *j, const struct report *r)
{
	uint8_t digest[SHA256_DIGEST_BYTES];
	const struct seal_header *h = &r->seal->header;
	const struct arch *arch = arch_find(h->machine);
	struct seal_string s = seal_text(r->seal, h->profile_offset, h->profile_length);

	sha256_digest(digest, r->seal->bytes, h->size, 0);
	json_key_bytes(j, REPORT_KEY_SEAL_DIGEST, digest, sizeof(digest));
	json_key(j, REPORT_KEY_BUNDLE);
	json_open(j, '{');
	if (mem_is_zero(h->marker_name, SEAL_HEADER_MARKER_NAME_BYTES)) {
		json_key(j, REPORT_KEY_MARKER_NAME);
		text_put(j->t, "null");
	} else {
		json_key_bytes(j, REPORT_KEY_MARKER_NAME, h->marker_name, SEAL_HEADER_MARKER_NAME_BYTES);
	}
	json_key_chars(j, REPORT_KEY_PROFILE, s.at, s.length);
	json_key_string(j, REPORT_KEY_ARCHITECTURE, arch ? arch->name : "unknown");
	s = seal_text(r->seal, h->release_offset, h->release_length);
	json_key_chars(j, REPORT_KEY_KERNEL_RELEASE, s.at, s.length);
	json_key_bytes(j, REPORT_KEY_KERNEL_BUILD_ID, h->build_id, SEAL_HEADER_BUILD_ID_BYTES);
	json_key_number(j, REPORT_KEY_EPOCH, h->epoch);
	json_key_time(j, REPORT_KEY_NOT_BEFORE, h->not_before);
	json_key_time(j, REPORT_KEY_NOT_AFTER, h->not_after);
	json_key_hex(j, REPORT_KEY_CRASH_SIZE, h->crash_size);
	json_key_bool(j, REPORT_KEY_TESTING, (h->flags & SEAL_FLAG_TESTING) != 0);
	json_close(j, '}');
	json_key(j, REPORT_KEY_SIGNERS);
	json_open(j, '[');
	for (size_t i = 0; i < r->signers->count; i++) {
		const struct signer *signer = &r->signers->signer[i];
		json_next(j);
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_NAME, signer->name);
		json_key_bytes(j, REPORT_KEY_FINGERPRINT, signer->fingerprint, sizeof(signer->fingerprint));
		json_key_bool(j, REPORT_KEY_DEVELOPMENT_KEY, signer->development);
		json_close(j, '}');
	}
	json_close(j, ']');
	attestation_facts(j, r);
	expiring(j, r);
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

	json_key(j, REPORT_KEY_MACHINE);
	json_open(j, '{');
	json_key_string(j, REPORT_KEY_KERNEL_RELEASE, r->running_release);
	json_key(j, REPORT_KEY_CRASH_REGION);
	range_object(j, iomem_crash_main(&m->iomem));
	json_key(j, REPORT_KEY_LOW_CRASH_REGION);
	if (m->iomem.crash_count == 2)
		range_object(j, m->iomem.crash[0]);
	else
		text_put(j->t, "null");
	range_list(j, REPORT_KEY_DUMP_RANGES, m->dump.items, m->dump.count);
	range_list(j, REPORT_KEY_CPU_NOTES, m->cpu_notes, m->cpu_count);
	json_key_number(j, REPORT_KEY_CPUS, m->cpu_count);
	json_key(j, REPORT_KEY_VMCOREINFO);
	range_object(j, m->vmcoreinfo);
	if (m->has_virtual_map) {
		json_key_hex(j, REPORT_KEY_DIRECT_MAP, m->virtual_map.direct);
		json_key_hex(j, REPORT_KEY_KERNEL_TEXT_VIRTUAL, m->virtual_map.text_virtual);
		json_key_hex(j, REPORT_KEY_KERNEL_TEXT_PHYSICAL, m->virtual_map.text_physical);
		json_key_hex(j, REPORT_KEY_KERNEL_TEXT_SIZE, m->virtual_map.text_size);
	}
	json_key_hex(j, REPORT_KEY_ACPI_RSDP, m->acpi_rsdp);
	json_key(j, REPORT_KEY_CPU_FEATURES);
	json_open(j, '[');
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if ((m->cpu_features & features[i].bit) == 0)
			continue;
		json_next(j);
		text_json_string(j->t, features[i].name, str_length(features[i].name));
	}
	json_close(j, ']');
	json_close(j, '}');
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
		json_key_chars(j, REPORT_KEY_COMMAND_LINE, line, length);
		return;
	}
	struct seal_string s = seal_text(seal, seal->header.command_line_offset,
					 seal->header.command_line_length);
	json_key_chars(j, REPORT_KEY_COMMAND_LINE, s.at, s.length);
}

static void segment_facts(struct json *j, const struct report *r)
{
	json_key(j, REPORT_KEY_SEGMENTS);
	json_open(j, '[');
	for (uint32_t i = 0; i < r->seal->header.segment_count; i++) {
		const struct loaded_segment *s = &r->load->segments[i];
		struct range crash = iomem_crash_main(&r->machine->iomem);
		json_next(j);
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_NAME, s->sealed->name);
		json_key_string(j, REPORT_KEY_KIND, kind_name(s->sealed->kind));
		json_key_hex(j, REPORT_KEY_MEM, s->mem);
		json_key_hex(j, REPORT_KEY_MEMSZ, s->sealed->memsz);
		json_key_hex(j, REPORT_KEY_BUFSZ, s->sealed->bufsz);
		json_key_bool(j, REPORT_KEY_AS_PLANNED, s->mem - crash.start == s->sealed->place);
		json_key_bool(j, REPORT_KEY_HOLDS_LIVE_VALUES, (r->seal->live_segments >> i & 1) != 0);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_key_hex(j, REPORT_KEY_ENTRY, r->load->entry);
	command_line(j, r);
}

bool report_is_good(const struct report *r)
{
	return r->armed || r->failure->status == STATUS_OK || r->failure->status == STATUS_FALLBACK_ARMED;
}

static void guarantees(struct json *j, const struct report *r)
{
	bool good = report_is_good(r);
	bool file = r->depth >= REPORT_READ && r->load->backend == BACKEND_FILE;
	bool filled = good && r->depth >= REPORT_FILLED && !file;

	json_key(j, REPORT_KEY_GUARANTEES);
	json_open(j, '{');
	json_key_bool(j, REPORT_KEY_SIGNATURE, true);
	json_key_bool(j, REPORT_KEY_MEMBER_DIGESTS, good);
	json_key_bool(j, REPORT_KEY_ELF_CORE_HEADER_CHECKED,
		 filled && (r->seal->sources >> LIVE_SOURCE_ELFCOREHDR & 1) != 0);
	json_key_bool(j, REPORT_KEY_DIGESTS_CHECKED_AFTER_PANIC, filled);
	/* Then the kernel rewrites the header after the digests were taken; without it, load again on hot-plug. */
	json_key_bool(j, REPORT_KEY_CRASH_HOTPLUG, r->load->hotplug);
	json_key_bool(j, REPORT_KEY_LOADS_LIMITED, r->limited);
	json_close(j, '}');
	json_key(j, REPORT_KEY_GUARANTEES_GONE);
	json_open(j, '[');
	if (file)
		put_losses(j->t, "\"", ",");
	json_close(j, ']');
	if (r->depth < REPORT_READ)
		return;
	json_key_string(j, REPORT_KEY_BACKEND, file ? "file" : "segments");
	if (r->load->because)
		json_key_string(j, REPORT_KEY_BACKEND_BECAUSE,
			   file_reasons[r->load->because].name);
	json_key(j, REPORT_KEY_LOCAL_OVERLAY);
	if (r->load->overlay_size == 0) {
		text_put(j->t, "null");
		return;
	}
	json_open(j, '{');
	json_key_number(j, REPORT_KEY_SIZE, r->load->overlay_size);
	json_key_bytes(j, REPORT_KEY_SHA256, r->load->overlay_digest, SHA256_DIGEST_BYTES);
	json_close(j, '}');
}

static void failure_facts(struct json *j, const struct failure *f)
{
	json_key_string(j, REPORT_KEY_ERROR, f->message);
	if (f->detail != DETAIL_NONE)
		json_key_string(j, REPORT_KEY_DETAIL, detail_name(f->detail));
	if (f->has_index)
		json_key_number(j, REPORT_KEY_INDEX, f->index);
	if (f->path[0] != '\0')
		json_key_string(j, REPORT_KEY_PATH, f->path);
}

static void refused(struct json *j, const struct candidates *c)
{
	json_key(j, REPORT_KEY_REFUSED);
	json_open(j, '[');
	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *it = &c->item[i];
		if (it == c->chosen || it->failure.status == STATUS_OK)
			continue;
		json_next(j);
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_BUNDLE, it->path);
		json_key_string(j, REPORT_KEY_STATUS, status_name(it->failure.status));
		failure_facts(j, &it->failure);
		json_close(j, '}');
	}
	json_close(j, ']');
	if (c->left_out > 0)
		json_key_number(j, REPORT_KEY_LEFT_OUT, c->left_out);
}

void report_health(const struct health *h, struct json *j)
{
	static const char *const answers[] = {
#define NAME(code, name) [code] = name,
		PROBE_ANSWER_NAMES(NAME)
#undef NAME
	};

	if (h->count == 0)
		return;
	json_key(j, REPORT_KEY_WOULD_DUMP);
	text_put(j->t, h->first == 0 ? "false" : h->unsure ? "null" : "true");
	json_key_number(j, REPORT_KEY_FIRST_TARGET, h->first);
	json_key(j, REPORT_KEY_TARGETS);
	json_open(j, '[');
	for (uint32_t i = 0; i < h->count; i++) {
		const struct probe_result *const it = &h->targets[i];

		json_next(j);
		json_open(j, '{');
		json_key_string(j, REPORT_KEY_ANSWER, answers[it->answer]);
		json_key_string(j, REPORT_KEY_DEVICE, it->device);
		json_key_string(j, REPORT_KEY_WORDS, it->words);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void run_facts(struct json *j, const struct report *r)
{
	json_key_string(j, REPORT_KEY_STATUS, status_name(r->failure->status));
	json_key_number(j, REPORT_KEY_EXIT_CODE, (uint64_t)r->failure->status);
	json_key_string(j, REPORT_KEY_ACTION, r->action);
	if (r->failure->status != STATUS_OK) {
		failure_facts(j, r->failure);
		json_key_string(j, REPORT_KEY_HINT, r->failure->hint);
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
	if (r->health)
		report_health(r->health, j);
	json_key_number(j, REPORT_KEY_MILLISECONDS, r->milliseconds);
}

void report_json(const struct report *r, struct text *t)
{
	struct json j = { t, true };

	json_open(&j, '{');
	run_facts(&j, r);
	if (r->candidates && r->candidates->count > 1) {
		json_key_string(&j, REPORT_KEY_FILE, r->candidates->chosen->path);
		refused(&j, r->candidates);
	}
	if (r->rearmed) {
		json_key(&j, REPORT_KEY_REARMED);
		json_open(&j, '{');
		run_facts(&j, r->rearmed);
		json_close(&j, '}');
	}
	json_close(&j, '}');
	text_char(t, '\n');
}
