/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/identity.h"

#include "machine/ccw.h"
#include "base/elf.h"
#include "memory.h"
#include "machine/release.h"
#include "base/scan.h"
#include "base/sys.h"

void seal_path(char path[IDENTITY_PATH_BYTES], struct seal_string below_root)
{
	struct text t;

	text_init(&t, path, IDENTITY_PATH_BYTES);
	if (below_root.length == 0 || below_root.at[0] != '/')
		text_char(&t, '/');
	text_chars(&t, below_root.at, below_root.length);
}

static enum status wrong_time(struct failure *f, enum status status, const char *what,
			      uint64_t stated, uint64_t now, const char *hint)
{
	struct text *t = failure_begin(f, status);

	text_put(t, what);
	text_time(t, (int64_t)stated);
	text_put(t, ", the time here is ");
	text_time(t, (int64_t)now);
	return failure_end(f, hint);
}

struct seal_string first_line(const char *text, size_t size)
{
	size_t start = 0, end = 0;

	while (end < size && text[end] != '\n')
		end++;
	while (start < end && (text[start] == ' ' || text[start] == '\t'))
		start++;
	while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\t' || text[end - 1] == '\r'))
		end--;
	return (struct seal_string){ text + start, (uint32_t)(end - start) };
}

static enum status online_from(struct reader *reader, const char *path, struct failure *f)
{
	char text[64];
	uint64_t id;
	size_t used;

	long error = reader_text(reader, path, text, sizeof(text), &used);
	if (error < 0)
		return fail_file(f, STATUS_DEVICE_OFFLINE, "which device must be online cannot be read:",
				 path, error, NULL);
	struct seal_string line = first_line(text, used);
	const char *why = ccw_parse(line.at, line.length, &id);
	if (!why && scan_done(line.at + line.length))
		return ccw_online(reader, line.at, f);
	struct text *t = failure_begin(f, STATUS_DEVICE_OFFLINE);
	text_outside(t, path, str_length(path));
	text_put(t, " says \"");
	text_outside(t, line.at, line.length);
	text_put(t, "\", which is not a CCW bus id: ");
	text_put(t, why ? why : "there is more after it");
	failure_detail(f, DETAIL_FILE_FORM);
	failure_path(f, path);
	return failure_end(f, NULL);
}

/* Files whose content is a setting: not another machine, but one that is not set up yet. */
static const char *who_sets(const char *path)
{
	if (str_starts(path, "/sys/firmware/dump/"))
		return "set it with dumpconf";
	if (str_starts(path, "/sys/firmware/reipl/"))
		return "set it with chreipl";
	if (str_starts(path, "/sys/firmware/vmcmd/"))
		return "only a guest of z/VM takes CP commands: leave the step out for other machines";
	return NULL;
}

/*
 * The GNU build id in a file of ELF notes, as hex: name "GNU", type 3 (NT_GNU_BUILD_ID). Empty when
 * there is none.
 */
static long read_build_id(const struct seal *seal, struct reader *reader, const char *path,
			  struct text *hex)
{
	static uint8_t notes[4096];
	const uint8_t order = seal->header.byte_order;
	size_t used, at = 0;
	const long error = reader_read(reader, path, notes, sizeof(notes), &used);

	while (error == 0 && used - at >= NOTE_HEADER_BYTES + 4) {
		const uint8_t *const note = notes + at;
		const uint64_t name_size = ((uint64_t)elf_load32(order, note) + 3) & ~3ull;
		const uint64_t size = elf_load32(order, note + 4);
		const uint64_t next = at + NOTE_HEADER_BYTES + name_size + ((size + 3) & ~3ull);

		if (next > used)
			break;
		if (name_size == 4 && elf_load32(order, note + 8) == 3 &&
		    mem_equal(note + NOTE_HEADER_BYTES, "GNU", 4)) {
			text_bytes(hex, note + NOTE_HEADER_BYTES + name_size, (size_t)size);
			break;
		}
		at = (size_t)next;
	}
	return error;
}

static enum status check_match(const struct seal *seal, const struct seal_match *m,
			       struct reader *reader, struct failure *f)
{
	struct seal_string want = seal_text(seal, m->value_offset, m->value_length);
	struct seal_string line = { "", 0 };
	const bool exact = m->kind != MATCH_KIND_PREFIX;
	enum status status = STATUS_WRONG_MACHINE;
	char path[IDENTITY_PATH_BYTES];
	char text[1024];
	size_t used;
	bool right = false;

	/* The overlay is no part of the machine: overlay_read() looks. */
	if (m->kind == MATCH_KIND_IN_OVERLAY)
		return STATUS_OK;
	seal_path(path, seal_text(seal, m->path_offset, m->path_length));
	if (m->kind == MATCH_KIND_ONLINE || m->kind == MATCH_KIND_ONLINE_FROM) {
		/* Both files are read again before the load: devices come and go. */
		reader->watching = true;
		status = m->kind == MATCH_KIND_ONLINE ? ccw_online(reader, want.at, f) :
							online_from(reader, path, f);
		reader->watching = false;
		return status;
	}
	if (m->kind == MATCH_KIND_BUILD_ID || str_equal(path, RELEASE_PATH))
		status = STATUS_WRONG_KERNEL;
	if (m->kind == MATCH_KIND_PRESENT || m->kind == MATCH_KIND_ABSENT) {
		right = reader_exists(reader, path) == (m->kind == MATCH_KIND_PRESENT);
	} else {
		struct text hex;
		long error;
		text_init(&hex, text, sizeof(text));
		if (m->kind == MATCH_KIND_BUILD_ID) {
			error = read_build_id(seal, reader, path, &hex);
			used = hex.used;
		} else {
			error = reader_text_start(reader, path, text, sizeof(text), &used);
		}
		if (error < 0)
			return fail_file(f, status, "a match rule's file cannot be read:", path, error,
					 NULL);
		line = first_line(text, used);
		right = line.length >= want.length && mem_equal(line.at, want.at, want.length) &&
			(!exact || line.length == want.length);
	}
	if (right)
		return STATUS_OK;
	struct text *t = failure_begin(f, status);
	text_put(t, "the bundle is for another ");
	text_put(t, status == STATUS_WRONG_KERNEL ? "running kernel: " : "machine: ");
	text_put(t, path);
	if (m->kind == MATCH_KIND_PRESENT || m->kind == MATCH_KIND_ABSENT) {
		text_put(t, m->kind == MATCH_KIND_PRESENT ? " does not exist" : " exists");
	} else {
		text_put(t, " says \"");
		text_outside(t, line.at, line.length);
		text_put(t, exact ? "\" instead of \"" : "\", not \"");
		text_outside(t, want.at, want.length);
		text_put(t, exact ? "\"" : "...\"");
	}
	failure_path(f, path);
	failure_detail(f, m->kind == MATCH_KIND_PRESENT ? DETAIL_RULE_ABSENT :
			  m->kind == MATCH_KIND_ABSENT	? DETAIL_RULE_PRESENT :
							  DETAIL_RULE_DIFFERS);
	return failure_end(f, who_sets(path));
}

void identity_gather(const struct seal *seal, struct reader *reader)
{
	static struct failure ignored;

	for (uint32_t i = 0; i < seal->header.match_count; i++)
		check_match(seal, &seal->matches[i], reader, &ignored);
}

enum status identity_match(const struct seal *seal, struct reader *reader, struct failure *f)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < seal->header.match_count && status == STATUS_OK; i++) {
		status = check_match(seal, &seal->matches[i], reader, f);
		if (status != STATUS_OK)
			failure_index(f, i);
	}
	return status;
}

enum status identity_dates(const struct seal *seal, uint64_t now, struct failure *f)
{
	const struct seal_header *h = &seal->header;

	if (now < h->not_before)
		return wrong_time(f, STATUS_CLOCK_WRONG, "the bundle was built on ", h->not_before, now,
				  "set the clock before the bundle is loaded");
	if (h->not_after != 0 && now > h->not_after)
		return wrong_time(f, STATUS_EXPIRED, "the bundle is good until ", h->not_after, now,
				  "build it again with a later date");
	return STATUS_OK;
}

enum status identity_check(const struct seal *seal, struct reader *reader, uint64_t floor,
			   struct failure *f)
{
	const struct seal_header *h = &seal->header;

	if (h->epoch < floor) {
		struct text *t = failure_begin(f, STATUS_OLD_EPOCH);
		text_put(t, "the bundle is of epoch ");
		text_decimal(t, h->epoch);
		text_put(t, ", but this machine takes none below ");
		text_decimal(t, floor);
		return failure_end(f, "build the bundle again with the fleet's present epoch");
	}
	return identity_match(seal, reader, f);
}
