/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any files are a machine or are refused with a reason: all that is read of /proc, /sys and /etc.
 * The files are in memory: a line "=PATH" begins one, which ends before the newline before the next.
 * This program brings its own file.c. The first byte chooses the architecture.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/registry.h"
#include "base/elf.h"
#include "elf_machine.h"
#include "segments/elfcorehdr.h"
#include "base/file.h"
#include "segments/fill.h"
#include "machine/identity.h"
#include "load/load.h"
#include "memory.h"
#include "run/state.h"
#include "base/sys.h"

/* Hosted, the loader knows all; a number in front of the input that is new goes to the end of these. */
static const uint16_t machines[] = { ELF_MACHINE_X86_64, ELF_MACHINE_S390, ELF_MACHINE_AARCH64,
				     ELF_MACHINE_RISCV, ELF_MACHINE_I386, ELF_MACHINE_PPC64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t input_size;

struct content {
	const uint8_t *bytes;
	size_t size;
};

/* The last of a path counts. False when there is none. */
static bool find(const char *path, struct content *found)
{
	const size_t length = strlen(path);
	bool is_there = false, wanted = false;

	for (size_t at = 0; at < input_size;) {
		const uint8_t *const line = input + at;
		const uint8_t *const newline = memchr(line, '\n', input_size - at);
		const size_t next = newline != NULL ? (size_t)(newline - input) + 1 : input_size;

		if (*line == '=') {
			wanted = next - at == length + 2 && memcmp(line + 1, path, length) == 0;
			is_there = is_there || wanted;
			if (wanted)
				*found = (struct content){ input + next, 0 };
		} else if (wanted) {
			found->size += next - at;
		}
		at = next;
	}
	if (is_there && found->size > 0 && found->bytes[found->size - 1] == '\n')
		found->size--;
	return is_there;
}

static long copy(const char *path, void *buf, size_t size, size_t *used)
{
	struct content file;

	*used = 0;
	if (!find(path, &file))
		return -SYS_ENOENT;
	if (file.size > size)
		return -SYS_EFBIG;
	memcpy(buf, file.bytes, file.size);
	*used = file.size;
	return 0;
}

long file_read(const struct root *root, const char *path, void *buf, size_t size, size_t *used)
{
	(void)root;
	return copy(path, buf, size, used);
}

long file_read_text(const struct root *root, const char *path, char *buf, size_t size, size_t *used)
{
	long error = copy(path, buf, size - 1, used);

	(void)root;
	if (error == 0 && memchr(buf, 0, *used) != NULL) {
		*used = 0;
		error = -SYS_EINVAL;
	}
	buf[*used] = '\0';
	return error;
}

long file_read_at(const struct root *root, const char *path, void *buf, size_t size, uint64_t offset)
{
	struct content file;

	(void)root;
	if (!find(path, &file))
		return -SYS_ENOENT;
	if (offset > file.size || size > file.size - offset)
		return -SYS_ERANGE;
	memcpy(buf, file.bytes + offset, size);
	return 0;
}

bool file_exists(const struct root *root, const char *path)
{
	struct content file;

	(void)root;
	return find(path, &file);
}

long root_openat(const struct root *root, const char *path, int flags)
{
	struct content file;

	(void)root;
	(void)flags;
	if (!find(path, &file))
		return -SYS_ENOENT;
	const int fd = memfd_create("file", 0);
	if (fd < 0 || write(fd, file.bytes, file.size) != (ssize_t)file.size ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

/* Of a file that is open: none is. */
long file_read_part(int fd, void *buf, size_t size, uint64_t offset)
{
	(void)fd;
	(void)buf;
	(void)size;
	(void)offset;
	abort();
}

/* Nothing is written here: whoever comes here was not meant to. */
long file_write_all(int fd, const void *bytes, size_t size)
{
	(void)fd;
	(void)bytes;
	(void)size;
	abort();
}

long file_replace(int dir, const char *name, const void *bytes, size_t size, unsigned int mode)
{
	(void)dir;
	(void)name;
	(void)mode;
	return file_write_all(-1, bytes, size);
}

long file_new(int dir, const char *name, unsigned int mode)
{
	return file_replace(dir, name, "", 0, mode);
}

long file_done(int dir, const char *name, int fd, long error)
{
	(void)error;
	return file_new(dir, name, (unsigned int)fd);
}

bool file_is_as_opened(const struct file_image *image)
{
	return image != NULL && file_new(-1, "", 0) == 0;
}

/* A seal that reads a file in every way that there is one. */
static const char strings[] = "sys/hexsys/decsys/bytessys/bussys/chrsys/textsys/rulesys/fromVALUE0.0.0150"
			      "sys/notes0123456789abcdef0123456789abcdef01234567";

static void live_value(struct seal *seal, uint8_t source, const char *path, uint8_t width)
{
	struct seal_live *const v = &seal->live[seal->header.live_count];

	*v = (struct seal_live){
		.source = source,
		.form = width > 0 ? LIVE_FORM_BIG : LIVE_FORM_OWN,
		.width = width,
		.offset = 16u * seal->header.live_count,
		.size = width > 0 ? width : 16,
		.arg1 = source == LIVE_SOURCE_FILE_HEX ? 7 : 0,
		.text_offset = (uint32_t)(strstr(strings, path) - strings),
		.text_length = (uint32_t)strlen(path),
	};
	seal->header.live_count++;
}

static void match_rule(struct seal *seal, uint32_t kind, const char *path, const char *value)
{
	seal->matches[seal->header.match_count++] = (struct seal_match){
		.kind = kind,
		.path_offset = (uint32_t)(strstr(strings, path) - strings),
		.path_length = (uint32_t)strlen(path),
		.value_offset = (uint32_t)(strstr(strings, value) - strings),
		.value_length = (uint32_t)strlen(value),
	};
}

static void make_seal(struct seal *seal, const struct arch *arch)
{
	*seal = (struct seal){ .strings = strings };
	seal->header.machine = arch->machine;
	seal->header.byte_order = arch->byte_order;
	seal->header.epoch = 7;
	seal->header.segment_count = 1;
	seal->segments[0].bufsz = 256;
	live_value(seal, LIVE_SOURCE_FILE_HEX, "sys/hex", 8);
	live_value(seal, LIVE_SOURCE_FILE_DECIMAL, "sys/dec", 4);
	live_value(seal, LIVE_SOURCE_FILE_BUS_ID, "sys/bus", 4);
	live_value(seal, LIVE_SOURCE_FILE_BYTES, "sys/bytes", 0);
	live_value(seal, LIVE_SOURCE_FILE_BOOT_RECORD, "sys/chr", 4);
	live_value(seal, LIVE_SOURCE_FILE_TEXT, "sys/text", 0);
	match_rule(seal, MATCH_KIND_PREFIX, "sys/rule", "VALUE");
	match_rule(seal, MATCH_KIND_PRESENT, "sys/rule", "");
	match_rule(seal, MATCH_KIND_ABSENT, "sys/from", "VALUE");
	match_rule(seal, MATCH_KIND_ONLINE, "", "0.0.0150");
	match_rule(seal, MATCH_KIND_ONLINE_FROM, "sys/bus", "");
}

/* And one that takes of a machine what there is to take: ELF core header, memory maps, text. */
enum {
	CPUS = 8,
	RANGES = 16,
	TEMPLATE_BYTES = ELF64_HEADER_BYTES + ELF64_PHDR_BYTES * (CPUS + RANGES + 2),
	MAP_BYTES = SEAL_E820_MAX * SEAL_E820_ENTRY_BYTES,
	TEXT_AT = MAP_BYTES + 1,
	TEXT_BYTES = 2048,
	TREE_BYTES = 1 << 16,
};

/* To a device tree nothing is added here; fuzz-tree does that. */
static const uint8_t nothing[] = {
	0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 72, 0, 0, 0, 56, 0, 0, 0, 72, 0, 0, 0, 40, 0, 0, 0, 17,
	0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9,
};

static uint8_t template[TEMPLATE_BYTES], map[TEXT_AT + TEXT_BYTES];
static _Alignas(8) uint8_t tree[TREE_BYTES + sizeof(nothing)];

static void make_template(const struct arch *arch)
{
	const uint8_t order = arch->byte_order;

	memset(template, 0, sizeof(template));
	memset(map, 0, sizeof(map));
	memcpy(template, ELF_MAGIC, 4);
	template[ELF_AT_CLASS] = ELF_CLASS_64;
	template[ELF_AT_DATA] = order;
	template[6] = 1;
	elf_store16(order, template + ELF_AT_TYPE, ELF_TYPE_CORE);
	elf_store16(order, template + ELF_AT_MACHINE, arch->machine);
	elf_store32(order, template + ELF_AT_VERSION, 1);
	elf_store64(order, template + elf_class_64.phoff, ELF64_HEADER_BYTES);
	elf_store16(order, template + elf_class_64.ehsize, ELF64_HEADER_BYTES);
	elf_store16(order, template + elf_class_64.phentsize, ELF64_PHDR_BYTES);
}

static void make_machine_seal(struct seal *seal, const struct arch *arch)
{
	const struct seal_live values[] = {
		{ .source = LIVE_SOURCE_ELFCOREHDR, .form = LIVE_FORM_OWN, .size = TEMPLATE_BYTES },
		{ .source = LIVE_SOURCE_E820, .form = LIVE_FORM_OWN, .segment = 1, .size = MAP_BYTES,
		  .arg0 = MAP_BYTES },
		{ .source = LIVE_SOURCE_CRASH_SIZE, .form = LIVE_FORM_TEXT_KIB, .segment = 1,
		  .offset = TEXT_AT, .size = TEXT_BYTES },
		{ .source = LIVE_SOURCE_MEMMAP, .form = LIVE_FORM_OWN, .segment = 1, .offset = TEXT_AT,
		  .size = TEXT_BYTES },
		{ .source = LIVE_SOURCE_DEVICE_TREE, .form = LIVE_FORM_OWN, .segment = 2,
		  .size = TREE_BYTES, .arg0 = TREE_BYTES, .arg1 = sizeof(nothing) },
		{ .source = LIVE_SOURCE_DIGEST, .form = LIVE_FORM_OWN, .segment = 1, .about = 0,
		  .offset = 0, .size = 32, .arg1 = TEMPLATE_BYTES },
	};

	*seal = (struct seal){ .strings = strings };
	seal->header.machine = arch->machine;
	seal->header.byte_order = arch->byte_order;
	seal->header.max_cpus = CPUS;
	seal->header.max_ranges = RANGES;
	seal->header.segment_count = 3;
	seal->segments[0].bufsz = sizeof(template);
	seal->segments[0].memsz = 4096;
	seal->segments[1].bufsz = sizeof(map);
	seal->segments[1].memsz = 8192;
	seal->segments[2].bufsz = sizeof(tree);
	seal->segments[2].memsz = 2 * TREE_BYTES;
	memset(tree, 0, TREE_BYTES);
	memcpy(tree + TREE_BYTES, nothing, sizeof(nothing));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if ((arch->memory_map != NULL || (i != 1 && i != 3)) &&
		    (arch->device_tree != NULL || i != 4))
			seal->live[seal->header.live_count++] = values[i];
}

static void refused(enum status status, const struct failure *f)
{
	if (status != STATUS_OK && (f->status != status || f->message[0] == '\0'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine, again;
	static struct reader reader;
	static struct failure failure;
	static struct seal seal;
	struct floor floor;
	static struct seal of_machine;
	static struct load load, filled;
	const struct root root = { .fd = -1, .real = false };
	const struct arch *const arch =
		size > 0 ? arch_find(machines[data[0] % (sizeof(machines) / sizeof(machines[0]))]) : NULL;
	uint8_t segment[256] = { 0 };
	enum status status;

	if (arch == NULL)
		return 0;
	input = data + 1;
	input_size = size - 1;
	reader_init(&reader, &root);
	make_seal(&seal, arch);
	status = floor_read(&reader, &floor, &failure);
	refused(status, &failure);
	refused(identity_dates(&seal, 1800000000, &failure), &failure);
	refused(identity_check(&seal, &reader, status == STATUS_OK ? floor.epoch : 0, &failure),
		&failure);
	load = (struct load){ .seal = &seal, .arch = arch };
	load.segments[0] = (struct loaded_segment){ &seal.segments[0], segment, 1u << 20 };
	refused(load_permitted(&load, BACKEND_AUTO, &reader, &failure), &failure);
	of_machine = (struct seal){ .strings = strings };
	of_machine.header.machine = arch->machine;
	of_machine.header.byte_order = arch->byte_order;
	match_rule(&of_machine, MATCH_KIND_BUILD_ID, "sys/notes",
		   "0123456789abcdef0123456789abcdef01234567");
	refused(identity_match(&of_machine, &reader, &failure), &failure);
	status = machine_read(&machine, &reader, arch, UINT64_MAX, &failure);
	refused(status, &failure);
	if (status == STATUS_OK) {
		/* What was taken is in order, and the same when it is read again. */
		for (uint32_t i = 0; i < machine.dump.count; i++)
			if (machine.dump.items[i].start >= machine.dump.items[i].end ||
			    (i > 0 && machine.dump.items[i].start < machine.dump.items[i - 1].end))
				abort();
		for (uint32_t i = 0; i < machine.cpu_count; i++)
			if (machine.cpu_notes[i].start >= machine.cpu_notes[i].end)
				abort();
		if (machine_read(&again, &reader, arch, UINT64_MAX, &failure) != STATUS_OK ||
		    !machine_same(&machine, &again))
			abort();
		make_template(arch);
		make_machine_seal(&of_machine, arch);
		filled = (struct load){ .seal = &of_machine, .arch = arch };
		filled.segments[0] = (struct loaded_segment){ &of_machine.segments[0], template, 1u << 24 };
		filled.segments[1] = (struct loaded_segment){ &of_machine.segments[1], map, 1u << 25 };
		filled.segments[2] = (struct loaded_segment){ &of_machine.segments[2], tree, 1u << 26 };
		if (arch->demands != NULL)
			refused(arch->demands(&of_machine, &machine, &failure), &failure);
		status = fill_live(&filled, &machine, &reader, 0, &failure);
		refused(status, &failure);
		if (status == STATUS_OK)
			refused(elfcorehdr_check(template, sizeof(template), &machine, 0, &failure),
				&failure);
	}
	refused(fill_live(&load, &machine, &reader, 0, &failure), &failure);
	if (reader_unchanged(&reader) != NULL)
		abort();
	load_armed(&reader);
	return 0;
}
