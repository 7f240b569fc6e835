/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the loader's pure parts on files, for the tests beside it. Every input is copied to memory of
 * exactly its size, so that the address sanitizer sees one byte too far.
 *
 *	core seal FILE                       "ok", or the fault's name and the index of its record
 *	core seals FILE                      the same for many: each is its size in four bytes, little-endian,
 *	                                     then its bytes; a line for each
 *	core flips FILE                      each bit of a seal changed in turn: how many are accepted
 *	core truncations FILE                every shorter length: how many are accepted
 *	core iomem FILE                      KIND START END lines
 *	core kcore FILE                      virtual addresses of an x86_64 kernel
 *	core cpus LIST                       numbers
 *	core place SEAL START SIZE KEEP MEMORY [START END]...
 *	core memory-map IOMEM START END e820|memmap
 *	core elfcorehdr MACHINE CPUS RANGES IOMEM TEMPLATE SPOIL
 *	                                     the filled header on stdout, checked; SPOIL flips that byte first
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/registry.h"
#include "arch/x86/x86.h"
#include "arch/x86_64/target.h"
#include "byteorder.h"
#include "segments/elfcorehdr.h"
#include "machine/iomem.h"
#include "machine/machine.h"
#include "segments/place.h"
#include "bundle/seal.h"

static struct failure failure;
static struct seal seal;
static struct machine machine;

/* The program ends with its answer: what it holds then is no leak. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input read_input(const char *path)
{
	struct input input = { NULL, 0 };
	FILE *const file = fopen(path, "rb");

	if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
		perror(path);
		exit(99);
	}
	input.size = (size_t)ftell(file);
	input.bytes = malloc(input.size + 1);
	rewind(file);
	if (input.bytes == NULL || fread(input.bytes, 1, input.size, file) != input.size)
		exit(99);
	fclose(file);
	return input;
}

/* With a NUL after it, as readers give it. */
static struct input read_text(const char *path)
{
	struct input input = read_input(path);

	input.bytes[input.size] = 0;
	return input;
}

/* In memory that ends where the input ends. */
static struct input exact(struct input from, size_t size)
{
	struct input input = { malloc(size > 0 ? size : 1), size };

	if (input.bytes == NULL)
		exit(99);
	memcpy(input.bytes, from.bytes, size);
	return input;
}

static int stop(enum status status)
{
	fprintf(stderr, "%s: %s\n", status_name(status), failure.message);
	return (int)status;
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 0);
}

/* "ok", or the fault's name and the index of its record, where it has one. */
static void show_fault(enum detail fault)
{
	if (fault == DETAIL_NONE) {
		printf("ok\n");
		return;
	}
	fail_seal(&failure, &seal, fault);
	printf("%s", detail_name(failure.detail));
	if (failure.has_index)
		printf(" %u", failure.index);
	printf("\n");
}

static int show_seal(const char *path)
{
	struct input input = read_input(path);

	input = exact(input, input.size);
	show_fault(seal_parse(&seal, input.bytes, input.size));
	return 0;
}

static int show_seals(const char *path)
{
	const struct input input = read_input(path);

	for (size_t at = 0; at + 4 <= input.size;) {
		const uint32_t size = load32_le(input.bytes + at);
		const struct input from = { input.bytes + at + 4, size };

		if (size > input.size - at - 4)
			return 97;
		const struct input one = exact(from, size);

		show_fault(seal_parse(&seal, one.bytes, one.size));
		free(one.bytes);
		at += 4 + size;
	}
	return 0;
}

static int flip_seal(const char *path)
{
	const struct input input = read_input(path);
	unsigned long accepted = 0;

	for (size_t bit = 0; bit < 8 * input.size; bit++) {
		struct input flipped = exact(input, input.size);
		flipped.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (seal_parse(&seal, flipped.bytes, flipped.size) == DETAIL_NONE) {
			/* What is accepted can be used: its first and last bytes are there. */
			for (unsigned int i = 0; i < seal.header.segment_count; i++)
				if (seal.segments[i].buf_offset + seal.segments[i].bufsz >
				    seal.members[seal.segments[i].member].size)
					abort();
			accepted++;
		}
		free(flipped.bytes);
	}
	printf("%lu of %zu\n", accepted, 8 * input.size);
	return 0;
}

static int cut_seal(const char *path)
{
	const struct input input = read_input(path);
	unsigned long accepted = 0;

	for (size_t size = 0; size < input.size; size++) {
		const struct input cut = exact(input, size);
		accepted += seal_parse(&seal, cut.bytes, cut.size) == DETAIL_NONE;
		free(cut.bytes);
	}
	printf("%lu\n", accepted);
	return 0;
}

static void show_ranges(const char *name, const struct ranges *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		printf("%s %#" PRIx64 " %#" PRIx64 "\n", name, list->items[i].start, list->items[i].end);
}

static enum status parse_iomem(const char *path)
{
	struct input input = read_text(path);

	return iomem_parse(&machine.iomem, (const char *)input.bytes, input.size, &failure);
}

static int show_iomem(const char *path)
{
	const enum status status = parse_iomem(path);

	if (status != STATUS_OK)
		return stop(status);
	show_ranges("ram", &machine.iomem.ram);
	show_ranges("acpi-tables", &machine.iomem.acpi_tables);
	show_ranges("acpi-nvs", &machine.iomem.acpi_nvs);
	show_ranges("reserved", &machine.iomem.reserved);
	show_ranges("pmem", &machine.iomem.pmem);
	show_ranges("pmem-legacy", &machine.iomem.pmem_legacy);
	show_ranges("gart", &machine.iomem.gart);
	for (uint32_t i = 0; i < machine.iomem.crash_count; i++)
		printf("crash %#" PRIx64 " %#" PRIx64 "\n", machine.iomem.crash[i].start,
		       machine.iomem.crash[i].end);
	if (machine.iomem.kernel_code.end != 0)
		printf("code %#" PRIx64 " %#" PRIx64 "\n", machine.iomem.kernel_code.start,
		       machine.iomem.kernel_code.end);
	return 0;
}

static int show_kcore(const char *path)
{
	const struct input file = read_input(path);
	size_t size = 0, need = kcore_head_size(file.bytes, 0);
	struct input head = { NULL, 0 };

	while (need > size && need != KCORE_TOO_MANY) {
		if (need > file.size)
			return fprintf(stderr, "too short\n"), 1;
		head = exact(file, need);
		size = need;
		need = kcore_head_size(head.bytes, size);
	}
	if (need == 0)
		return fprintf(stderr, "not a core\n"), 1;
	if (need == KCORE_TOO_MANY || !kcore_parse(&machine.kcore, head.bytes, size))
		return fprintf(stderr, "too many\n"), 1;
	const enum status status = x86_64_virtual_map(&machine, &machine.virtual_map, &failure);
	if (status != STATUS_OK)
		return stop(status);
	printf("direct %#" PRIx64 "\ntext %#" PRIx64 " %#" PRIx64 " %#" PRIx64 "\nhead %#zx\n%s\n",
	       machine.virtual_map.direct, machine.virtual_map.text_virtual,
	       machine.virtual_map.text_physical, machine.virtual_map.text_size, size,
	       x86_64_five_level(&machine.virtual_map) ? "five levels" : "four levels");
	return 0;
}

static bool show_cpu(void *context, uint64_t cpu)
{
	(void)context;
	printf("%" PRIu64 " ", cpu);
	return true;
}

static int show_cpus(const char *list)
{
	const bool right = cpu_list_each(list, show_cpu, NULL);

	printf("%s\n", right ? "ok" : "malformed");
	return 0;
}

static int show_places(int count, char **args)
{
	static struct range taken[8];
	uint64_t address[SEAL_SEGMENTS_MAX];
	struct input input = read_input(args[0]);
	const enum detail fault = seal_parse(&seal, input.bytes, input.size);
	struct place_room room = {
		.region = { number(args[1]), number(args[1]) + number(args[2]) },
		.taken = taken,
		.keep_free = number(args[3]),
		.memory_total = number(args[4]),
	};

	if (fault != DETAIL_NONE)
		return fprintf(stderr, "%s\n", detail_name(fault)), 99;
	for (int i = 5; i + 1 < count; i += 2)
		taken[room.taken_count++] = (struct range){ number(args[i]), number(args[i + 1]) };
	const enum status status = place_segments(&seal, &room, address, &failure);
	if (status != STATUS_OK)
		return stop(status);
	for (uint32_t i = 0; i < seal.header.segment_count; i++)
		printf("%#" PRIx64 "\n", address[i]);
	return 0;
}

static int show_memory_map(char **args)
{
	static struct e820 map;
	static char words[1 << 16];
	static uint8_t table[SEAL_E820_MAX * SEAL_E820_ENTRY_BYTES];
	enum status status = parse_iomem(args[0]);
	uint8_t entries = 0;
	struct text t;

	if (status == STATUS_OK)
		status = x86_memory_map(&machine.iomem,
					   (struct range){ number(args[1]), number(args[2]) }, &map,
					   &failure);
	if (status == STATUS_OK)
		status = x86_write_e820(&map, table, sizeof(table), &entries, &failure);
	if (status != STATUS_OK)
		return stop(status);
	text_init(&t, words, sizeof(words));
	x86_append_memmap(&map, &t);
	if (strcmp(args[3], "memmap") == 0)
		printf("%s\n", words);
	for (uint32_t i = 0; i < entries && strcmp(args[3], "e820") == 0; i++) {
		const uint8_t *const e = table + i * SEAL_E820_ENTRY_BYTES;
		printf("%#" PRIx64 " %#" PRIx64 " %" PRIu32 "\n", load64_le(e), load64_le(e + 8),
		       load32_le(e + 16));
	}
	return 0;
}

static int show_elfcorehdr(char **args)
{
	const uint32_t max_cpus = (uint32_t)number(args[1]), max_ranges = (uint32_t)number(args[2]);
	enum status status = parse_iomem(args[3]);
	struct input template = read_input(args[4]);

	if (status != STATUS_OK)
		return stop(status);
	machine.arch = arch_find((uint16_t)number(args[0]));
	machine_choose_dump(&machine, machine.arch);
	const uint64_t ram = machine.iomem.ram.items[machine.iomem.ram.count - 1].start;
	machine.cpu_count = 3;
	for (uint32_t i = 0; i < machine.cpu_count; i++)
		machine.cpu_notes[i] = (struct range){ ram + 4096 * i, ram + 4096 * i + 368 };
	machine.vmcoreinfo = (struct range){ ram + 0x10000, ram + 0x10000 + 0x1024 };
	machine.has_virtual_map = machine.arch->virtual_map != NULL;
	machine.virtual_map = (struct virtual_map){ .direct = 0xffff888000000000,
						    .text_virtual = 0xffffffff81000000,
						    .text_physical = machine.iomem.kernel_code.start,
						    .text_size = 0x2000000 };
	status = elfcorehdr_fill(template.bytes, template.size, max_cpus, max_ranges, &machine,
				 0, &failure);
	if (status == STATUS_OK && args[5] != NULL)
		template.bytes[number(args[5])] ^= 0xff;
	if (status == STATUS_OK)
		status = elfcorehdr_check(template.bytes, template.size, &machine, 0, &failure);
	if (status != STATUS_OK)
		return stop(status);
	fwrite(template.bytes, 1, template.size, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const char *const what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "seal") == 0)
		return show_seal(argv[2]);
	if (strcmp(what, "seals") == 0)
		return show_seals(argv[2]);
	if (strcmp(what, "flips") == 0)
		return flip_seal(argv[2]);
	if (strcmp(what, "truncations") == 0)
		return cut_seal(argv[2]);
	if (strcmp(what, "iomem") == 0)
		return show_iomem(argv[2]);
	if (strcmp(what, "kcore") == 0)
		return show_kcore(argv[2]);
	if (strcmp(what, "cpus") == 0)
		return show_cpus(argv[2]);
	if (strcmp(what, "place") == 0 && argc > 6)
		return show_places(argc - 2, argv + 2);
	if (strcmp(what, "memory-map") == 0 && argc == 6)
		return show_memory_map(argv + 2);
	if (strcmp(what, "elfcorehdr") == 0 && argc >= 7)
		return show_elfcorehdr(argv + 2);
	fprintf(stderr, "see the comment in this program\n");
	return 98;
}
