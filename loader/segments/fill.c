/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/fill.h"

#include "base/ccw_id.h"
#include "base/efi.h"
#include "segments/elfcorehdr.h"
#include "segments/live_text.h"
#include "machine/identity.h"
#include "memory.h"
#include "base/scan.h"
#include "sha256_parts.h"
#include "base/sys.h"
#include "machine/unreadable.h"
#include "tree/additions.h"
#include "tree/tree.h"

/* As far into a file as bytes may be taken from: sysfs files are a page, boot_params is one too. */
#define FILE_BYTES_MAX 65536u
/* Of a text that is refused. */
#define SHOWN_MAX 64u

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct filling {
	struct load *load;
	const struct machine *machine;
	struct reader *reader;
	uint64_t hash_features;
	struct failure *f;
};

static struct range range_of(const struct load *load, uint32_t segment)
{
	const struct loaded_segment *s = &load->segments[segment];

	return (struct range){ s->mem, s->mem + s->sealed->memsz };
}

/* What a file that the seal names should hold, and what it says instead. */
static enum status not_a(struct failure *f, const char *path, const char *form, const char *why,
			 const char *text, size_t size)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_outside(t, path, str_length(path));
	if (size == 0) {
		text_put(t, " is empty, where a ");
		text_put(t, form);
		text_put(t, " should be");
	} else {
		text_put(t, " says \"");
		text_outside(t, text, size);
		text_put(t, "\", which is no ");
		text_put(t, form);
	}
	if (size > 0 && why) {
		text_put(t, ": ");
		text_put(t, why);
	}
	failure_detail(f, size == 0 ? DETAIL_FILE_EMPTY : DETAIL_FILE_FORM);
	failure_path(f, path);
	return failure_end(f, NULL);
}

static const char not_configured[] = "check that the device is attached and configured";

/* Most often zero: sysfs shows that for a device that is not configured. */
static enum status too_small(struct failure *f, const char *path, struct seal_string said,
			     uint64_t least)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_outside(t, path, str_length(path));
	text_put(t, " says \"");
	text_outside(t, said.at, said.length);
	text_put(t, "\", but the bundle takes ");
	text_hex(t, least);
	text_put(t, " or more");
	failure_detail(f, DETAIL_NUMBER_SMALL);
	failure_path(f, path);
	return failure_end(f, not_configured);
}

/* A bus id is stored in parts. Any other number that lost its upper part would be another one. */
static bool number_fits(const struct seal_live *v, uint64_t value)
{
	return v->source == LIVE_SOURCE_FILE_BUS_ID || v->width == 0 || v->width == 8 ||
	       (value + v->addend) >> v->arg0 >> (8 * v->width) == 0;
}

/* What /sys/firmware says of a DASD's boot record: auto, or cylinder, head and record. */
static bool scan_boot_record(const char **at, uint64_t *value)
{
	static const uint64_t most[] = { UINT16_MAX, UINT8_MAX, UINT8_MAX };
	static const uint8_t shift[] = { 16, 8, 0 };

	*value = 0;
	if (scan_word(at, "auto"))
		return true;
	for (size_t i = 0; i < 3; i++) {
		uint64_t part;

		if (i > 0 && *(*at)++ != ',')
			return false;
		if (!scan_hex_prefixed(at, &part) || part > most[i])
			return false;
		*value |= part << shift[i];
	}
	return true;
}

static enum status file_number(struct filling *fill, const struct seal_live *v, uint64_t *value)
{
	char path[IDENTITY_PATH_BYTES];
	char text[64];
	size_t used;

	seal_path(path, seal_text(fill->load->seal, v->text_offset, v->text_length));
	long error = reader_text(fill->reader, path, text, sizeof(text), &used);
	if (error == -SYS_EFBIG)
		return fail_file(fill->f, STATUS_BAD_LIVE_VALUE, "not a number:", path, error, NULL);
	if (error == -SYS_ENOENT)
		return fail_file(fill->f, STATUS_BAD_LIVE_VALUE, "cannot read", path, error,
				 not_configured);
	if (error < 0 && error != -SYS_EINVAL)
		return machine_unreadable(fill->f, path, error);
	struct seal_string line = first_line(text, used);
	const char *at = line.at;
	/* One number, and nothing after it but the end of its line. */
	bool whole = error == 0 && scan_done(line.at + line.length);
	const char *form, *why = NULL;
	switch (v->source) {
	case LIVE_SOURCE_FILE_BUS_ID:
		form = "CCW bus id";
		why = ccw_parse(line.at, line.length, value);
		whole = whole && !why;
		break;
	case LIVE_SOURCE_FILE_BOOT_RECORD:
		form = "place of a boot record";
		whole = whole && scan_boot_record(&at, value) && at == line.at + line.length;
		break;
	case LIVE_SOURCE_FILE_HEX:
		form = "hex number that fits";
		whole = whole && scan_hex_prefixed(&at, value) && at == line.at + line.length;
		break;
	default:
		form = "decimal number that fits";
		whole = whole && scan_decimal(&at, value) && at == line.at + line.length;
		break;
	}
	if (!whole || !number_fits(v, *value))
		return not_a(fill->f, path, form, why, line.at, line.length);
	if (v->source == LIVE_SOURCE_FILE_HEX && *value < v->arg1)
		return too_small(fill->f, path, line, v->arg1);
	return STATUS_OK;
}

static enum status hotplug_small(struct filling *fill, const struct loaded_segment *header)
{
	struct text *t = failure_begin(fill->f, STATUS_TOO_MANY_RANGES);

	text_put(t, "the kernel wants ");
	text_size(t, fill->machine->elfcorehdr_size);
	text_put(t, " to rewrite the ELF core header in, the bundle reserves ");
	text_size(t, header->sealed->memsz);
	failure_detail(fill->f, DETAIL_HEADER_ROOM);
	return failure_end(fill->f, "raise limits in the profile, or set hotplug: rearm");
}

static enum status number_of(struct filling *fill, const struct seal_live *v, uint64_t *value)
{
	const struct machine *m = fill->machine;
	const struct loaded_segment *about = &fill->load->segments[v->about];
	struct range crash = iomem_crash_main(&m->iomem);

	switch (v->source) {
	case LIVE_SOURCE_CRASH_START:
		*value = crash.start;
		return STATUS_OK;
	case LIVE_SOURCE_CRASH_SIZE:
		*value = range_size(crash);
		return STATUS_OK;
	case LIVE_SOURCE_CRASH_LOW_START:
		*value = iomem_crash_low(&m->iomem).start;
		return STATUS_OK;
	case LIVE_SOURCE_CRASH_LOW_SIZE:
		*value = range_size(iomem_crash_low(&m->iomem));
		return STATUS_OK;
	case LIVE_SOURCE_SEGMENT_ADDRESS:
		*value = about->mem;
		return STATUS_OK;
	case LIVE_SOURCE_SEGMENT_OFFSET:
		*value = about->mem - crash.start;
		return STATUS_OK;
	case LIVE_SOURCE_SEGMENT_BUFSZ:
		*value = about->sealed->bufsz;
		return STATUS_OK;
	case LIVE_SOURCE_SEGMENT_MEMSZ:
		*value = about->sealed->memsz;
		return STATUS_OK;
	case LIVE_SOURCE_ACPI_RSDP:
		*value = m->acpi_rsdp;
		return STATUS_OK;
	case LIVE_SOURCE_CPU_FEATURES:
		*value = m->cpu_features & v->arg1;
		return STATUS_OK;
	case LIVE_SOURCE_HOTPLUG:
		fill->load->hotplug = m->elfcorehdr_size != 0;
		*value = fill->load->hotplug;
		return m->elfcorehdr_size > about->sealed->memsz ? hotplug_small(fill, about) :
								   STATUS_OK;
	default:
		if (efi_has_maps && v->source == LIVE_SOURCE_CRASH_END) {
			*value = crash.end;
			return STATUS_OK;
		}
		return file_number(fill, v, value);
	}
}

static void store(uint8_t *at, uint8_t width, bool big, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++)
		at[big ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static enum status append_number(struct filling *fill, const struct seal_live *v, struct text *t,
				 uint64_t value)
{
	struct seal_string words = seal_text(fill->load->seal, v->words_offset, v->words_length);

	text_chars(t, words.at, words.length);
	if (v->form == LIVE_FORM_TEXT_HEX) {
		text_hex_digits(t, value);
		return live_text_close(t, fill->f);
	}
	if (value % 1024 != 0) {
		struct text *why = failure_begin(fill->f, STATUS_BAD_LIVE_VALUE);
		text_put(why, "a live value of ");
		text_hex(why, value);
		text_put(why, " is not a multiple of 1 KiB, as its form needs");
		return failure_end(fill->f, NULL);
	}
	text_decimal(t, value / 1024);
	text_char(t, 'K');
	return live_text_close(t, fill->f);
}

static enum status file_bytes(struct filling *fill, const struct seal_live *v, uint8_t *place)
{
	static uint8_t bytes[FILE_BYTES_MAX];
	char path[IDENTITY_PATH_BYTES];
	size_t used;

	seal_path(path, seal_text(fill->load->seal, v->text_offset, v->text_length));
	long error = reader_read(fill->reader, path, bytes, sizeof(bytes), &used);
	if (error == 0 && (v->arg0 > used || v->size > used - v->arg0))
		error = -SYS_ERANGE;
	if (error < 0)
		return machine_unreadable(fill->f, path, error);
	mem_copy(place, bytes + v->arg0, (size_t)v->size);
	return STATUS_OK;
}

static enum status file_text(struct filling *fill, const struct seal_live *v, uint8_t *place)
{
	static char text[4096];
	static const char form[] = "text in plain lines that fits";
	char path[IDENTITY_PATH_BYTES];
	size_t start = 0, end;

	seal_path(path, seal_text(fill->load->seal, v->text_offset, v->text_length));
	const long error = reader_text(fill->reader, path, text, sizeof(text), &end);
	if (error == -SYS_EFBIG)
		return fail_file(fill->f, STATUS_BAD_LIVE_VALUE, "not a text that fits:", path, error, NULL);
	if (error < 0 && error != -SYS_EINVAL)
		return machine_unreadable(fill->f, path, error);
	while (end > start && is_blank(text[end - 1]))
		end--;
	while (start < end && is_blank(text[start]))
		start++;
	bool plain = error == 0 && end > start && end - start < v->size;
	for (size_t i = start; i < end; i++)
		plain = plain && (text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	if (!plain)
		return not_a(fill->f, path, form, NULL, text + start,
			     end - start < SHOWN_MAX ? end - start : SHOWN_MAX);
	mem_set(place, 0, (size_t)v->size);
	mem_copy(place, text + start, end - start);
	return STATUS_OK;
}

static enum status foreign(struct filling *fill, enum detail detail)
{
	fail(fill->f, STATUS_BAD_SEAL,
	     "the seal asks for what its architecture does not have", NULL);
	failure_detail(fill->f, detail);
	return STATUS_BAD_SEAL;
}

static enum status memory_map(struct filling *fill, const struct seal_live *v, uint8_t *buf)
{
	const struct arch *arch = fill->load->arch;

	if (!arch->memory_map)
		return foreign(fill, DETAIL_MAP_FOREIGN);
	return arch->memory_map(fill->machine, v, range_of(fill->load, v->about), buf, fill->f);
}

/* All segments by their addresses. */
static void sorted_segments(const struct load *load, struct range sorted[SEAL_SEGMENTS_MAX])
{
	for (uint32_t i = 0; i < load->seal->header.segment_count; i++) {
		const struct range r = range_of(load, i);
		uint32_t at = i;

		for (; at > 0 && sorted[at - 1].start > r.start; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = r;
	}
}

static void loaded_segments(const struct load *load, const struct seal_live *v, uint8_t *place)
{
	struct range sorted[SEAL_SEGMENTS_MAX];

	sorted_segments(load, sorted);
	mem_set(place, 0, (size_t)v->size);
	for (uint32_t i = 0; i < load->seal->header.segment_count; i++) {
		store(place + 16 * i, 8, false, sorted[i].start);
		store(place + 16 * i + 8, 8, false, sorted[i].end);
	}
}

/* The map, or how large it is. */
static enum status efi_memmap(struct filling *fill, const struct seal_live *v, uint8_t *place)
{
	static uint8_t map[EFI_MAP_MAX], made[EFI_MAP_MAX];
	struct range sorted[SEAL_SEGMENTS_MAX];
	struct efi_request request = {
		.map = map,
		.parameters = fill->load->segments[v->about].buf + v->arg0,
		.segments = sorted,
		.segment_count = fill->load->seal->header.segment_count,
	};
	char path[IDENTITY_PATH_BYTES];
	size_t size;

	if (!fill->load->arch->efi_memmap)
		return foreign(fill, DETAIL_MAP_FOREIGN);
	seal_path(path, seal_text(fill->load->seal, v->text_offset, v->text_length));
	const long error = reader_read(fill->reader, path, map, sizeof(map), &request.map_size);
	if (error < 0)
		return machine_unreadable(fill->f, path, error);
	sorted_segments(fill->load, sorted);
	const bool whole = v->source == LIVE_SOURCE_EFI_MEMMAP;
	const size_t room = whole && v->size < sizeof(made) ? (size_t)v->size : sizeof(made);
	const enum status status =
		fill->load->arch->efi_memmap(&request, made, room, &size, fill->f);
	if (status != STATUS_OK) {
		failure_path(fill->f, path);
		return status;
	}
	if (!whole) {
		store(place, 8, false, size);
		return STATUS_OK;
	}
	mem_set(place, 0, (size_t)v->size);
	mem_copy(place, made, size);
	return STATUS_OK;
}

static enum status efi_table(struct filling *fill, const struct seal_live *v, uint8_t *place)
{
	if (v->source != LIVE_SOURCE_LOADED_SEGMENTS)
		return efi_memmap(fill, v, place);
	loaded_segments(fill->load, v, place);
	return STATUS_OK;
}

static enum status firmware(struct filling *fill, const struct seal_live *v, uint8_t *place)
{
	const struct firmware *found = &fill->machine->firmware;

	if (!arch_has_firmware || !fill->load->arch->firmware || v->size != PURGATORY_FIRMWARE_BYTES)
		return foreign(fill, DETAIL_FIRMWARE_FOREIGN);
	store(place + PURGATORY_FIRMWARE_AT_KIND, 4, false, found->kind);
	store(place + PURGATORY_FIRMWARE_AT_TOKEN, 4, false, found->token);
	store(place + PURGATORY_FIRMWARE_AT_BASE, 8, false, found->base);
	store(place + PURGATORY_FIRMWARE_AT_ENTRY, 8, false, found->entry);
	return STATUS_OK;
}

/* Where the copy of the architecture's backup range will be. 0, the range itself, where nobody makes one. */
static uint64_t backup_of(const struct load *load)
{
	for (uint32_t i = 0; arch_has_firmware && i < load->seal->header.segment_count; i++)
		if (load->segments[i].sealed->kind == SEGMENT_KIND_BACKUP)
			return load->segments[i].mem;
	return 0;
}

static enum status device_tree(struct filling *fill, const struct seal_live *v, uint8_t *buf)
{
	const struct arch *arch = fill->load->arch;
	enum status status;

	if (!arch_has_trees || !arch->device_tree)
		return foreign(fill, DETAIL_TREE_FOREIGN);
	status = tree_open(buf, (size_t)v->size, fill->machine->tree.bytes, fill->f);
	if (status == STATUS_OK)
		status = additions_apply(buf, buf + v->arg0, fill->f);
	if (status == STATUS_OK)
		status = arch->device_tree(fill->machine, buf, fill->f);
	if (status == STATUS_OK)
		tree_close(buf, (size_t)v->size);
	return status;
}

static enum status fill_one(struct filling *fill, uint32_t index)
{
	struct load *load = fill->load;
	const struct seal_live *v = &load->seal->live[index];
	uint8_t *buf = load->segments[v->segment].buf;
	uint64_t value = 0;
	enum status status;
	struct text t;

	switch (v->source) {
	case LIVE_SOURCE_LOCAL_OVERLAY:
		return STATUS_OK; /* overlay_read() has put it there */
	case LIVE_SOURCE_FILE_BYTES:
		return file_bytes(fill, v, buf + v->offset);
	case LIVE_SOURCE_FILE_TEXT:
		return file_text(fill, v, buf + v->offset);
	case LIVE_SOURCE_ELFCOREHDR:
		return elfcorehdr_fill(buf, v->size, load->seal->header.max_cpus,
				       load->seal->header.max_ranges, fill->machine, backup_of(load),
				       fill->f);
	case LIVE_SOURCE_DEVICE_TREE:
		return device_tree(fill, v, buf);
	case LIVE_SOURCE_FIRMWARE:
		return firmware(fill, v, buf + v->offset);
	case LIVE_SOURCE_E820:
	case LIVE_SOURCE_MEMMAP:
		return memory_map(fill, v, buf);
	case LIVE_SOURCE_EFI_MEMMAP:
	case LIVE_SOURCE_EFI_MEMMAP_SIZE:
	case LIVE_SOURCE_LOADED_SEGMENTS:
		return efi_has_maps ? efi_table(fill, v, buf + v->offset) :
				      foreign(fill, DETAIL_MAP_FOREIGN);
	case LIVE_SOURCE_DIGEST:
		sha256_parts(buf + v->offset, load->segments[v->about].buf + v->arg0,
			     (size_t)v->arg1, fill->hash_features);
		return STATUS_OK;
	default:
		break;
	}
	status = number_of(fill, v, &value);
	if (status != STATUS_OK)
		return status;
	load->numbers[index] = value;
	value = (value + v->addend) >> v->arg0;
	if (v->form == LIVE_FORM_LITTLE || v->form == LIVE_FORM_BIG) {
		store(buf + v->offset, v->width, v->form == LIVE_FORM_BIG, value);
		return STATUS_OK;
	}
	status = live_text_open(&t, buf + v->offset, v->size, fill->f);
	if (status != STATUS_OK)
		return status;
	return append_number(fill, v, &t, value);
}

enum status fill_live(struct load *load, const struct machine *machine, struct reader *reader,
		      uint64_t hash_features, struct failure *f)
{
	struct filling fill = { load, machine, reader, hash_features, f };
	enum status status = STATUS_OK;

	reader->watching = true;
	for (uint32_t i = 0; i < load->seal->header.live_count && status == STATUS_OK; i++) {
		status = fill_one(&fill, i);
		if (status != STATUS_OK)
			failure_index(f, i);
	}
	reader->watching = false;
	return status;
}

enum status fill_check(const struct load *load, const struct machine *machine, struct failure *f)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < load->seal->header.live_count && status == STATUS_OK; i++) {
		const struct seal_live *v = &load->seal->live[i];
		if (v->source == LIVE_SOURCE_ELFCOREHDR)
			status = elfcorehdr_check(load->segments[v->segment].buf, v->size, machine,
						  backup_of(load), f);
	}
	return status;
}

void fill_gather(const struct seal *seal, struct reader *reader)
{
	static uint8_t bytes[FILE_BYTES_MAX];
	char path[IDENTITY_PATH_BYTES];
	size_t used;

	for (uint32_t i = 0; i < seal->header.live_count; i++) {
		const struct seal_live *v = &seal->live[i];
		if (v->text_length == 0)
			continue;
		seal_path(path, seal_text(seal, v->text_offset, v->text_length));
		reader_read(reader, path, bytes, sizeof(bytes), &used);
	}
	identity_gather(seal, reader);
}
