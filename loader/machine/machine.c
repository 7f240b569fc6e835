/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/machine.h"

#include "base/elf.h"
#include "memory.h"
#include "base/scan.h"
#include "base/sys.h"
#include "machine/unreadable.h"
#include "tree/reserved.h"
#include "tree/tree.h"

#define ELFCOREHDR_SIZE "/sys/kernel/crash_elfcorehdr_size"
#define CPU_FOLDER "/sys/devices/system/cpu/"

static enum status no_address(struct failure *f, const char *path)
{
	struct text *t = failure_begin(f, STATUS_HIDDEN_ADDRESSES);

	text_put(t, path);
	text_put(t, " shows zero instead of an address");
	failure_detail(f, DETAIL_ADDRESS_HIDDEN);
	failure_path(f, path);
	return failure_end(f, "run with CAP_SYS_ADMIN in the initial user namespace");
}

/* A list that is longer than any that was known is not malformed. */
static enum status too_much(struct failure *f, enum status status, const char *path)
{
	return fail_file(f, status, "more than the loader holds:", path, -SYS_EFBIG,
			 "please report this: the machine is larger than any that was known");
}

static enum status read_tree(struct machine *m, struct reader *reader, struct failure *f)
{
	static const char path[] = "/sys/firmware/fdt";
	const long error = reader_read(reader, path, m->tree.bytes, sizeof(m->tree.bytes), &m->tree.size);

	if (error == -SYS_ENOENT)
		return fail_file(f, STATUS_BAD_LIVE_VALUE, "the running kernel shows no device tree:", path, error,
				 "it must be built with CONFIG_OF_FLATTREE, and have booted with a device tree");
	if (error < 0)
		return machine_unreadable(f, path, error);
	if (arch_has_firmware)
		tree_complete(m->tree.bytes);
	const enum detail detail = tree_check(m->tree.bytes, m->tree.size);
	if (detail == DETAIL_NONE)
		return STATUS_OK;
	m->tree.size = 0;
	fail(f, STATUS_BAD_LIVE_VALUE, "the machine's device tree, /sys/firmware/fdt, is damaged",
	     "please report this with what the file holds: nothing was loaded");
	failure_detail(f, detail);
	failure_path(f, path);
	return STATUS_BAD_LIVE_VALUE;
}

bool machine_take(struct machine *m, struct range r)
{
	for (uint32_t i = 0; i < m->iomem.crash_count; i++)
		if (!ranges_add(&m->taken, range_common(m->iomem.crash[i], r)))
			return false;
	return true;
}

enum status machine_each_reserved(struct machine *m, bool (*each)(void *machine, struct range r, int node),
				  struct failure *f)
{
	if (tree_each_reserved(m->tree.bytes, each, m))
		return STATUS_OK;
	return fail(f, STATUS_TOO_MANY_RANGES,
		    "the device tree reserves more memory ranges than there is room for", NULL);
}

bool machine_choose_dump(struct machine *m, const struct arch *arch)
{
	bool fits = ranges_add(&m->left_out, (struct range){ 0, arch ? arch->dump_floor : 0 });

	for (uint32_t i = 0; i < m->iomem.crash_count; i++)
		fits = fits && ranges_add(&m->left_out, m->iomem.crash[i]);
	for (uint32_t i = 0; i < m->iomem.gart.count; i++)
		fits = fits && ranges_add(&m->left_out, m->iomem.gart.items[i]);
	for (uint32_t i = 0; arch_has_firmware && i < m->kept.count; i++)
		fits = fits && ranges_subtract(&m->left_out, m->kept.items[i]);
	mem_copy(&m->dump, &m->iomem.ram, sizeof(m->dump));
	for (uint32_t i = 0; i < m->left_out.count; i++)
		fits = fits && ranges_subtract(&m->dump, m->left_out.items[i]);
	return fits && (!arch_has_firmware || !arch || ranges_subtract(&m->dump, arch->backup));
}

static void read_memory_total(struct machine *m, struct reader *reader)
{
	size_t used;
	const char *at = m->text;

	m->memory_total = 0;
	/* It only tightens a check that the kernel makes too, so its absence is no failure. */
	if (reader_text(reader, "/proc/meminfo", m->text, sizeof(m->text), &used) < 0)
		return;
	if (!scan_word(&at, "MemTotal:"))
		return;
	scan_space(&at);
	uint64_t kib;
	if (scan_decimal(&at, &kib) && kib < UINT64_MAX / 1024)
		m->memory_total = kib * 1024;
}

enum status machine_read_memory(struct machine *m, struct reader *reader, const struct arch *arch,
				struct failure *f)
{
	static const char path[] = "/proc/iomem";
	size_t used;
	long error = reader_text(reader, path, m->text, sizeof(m->text), &used);

	if (error == -SYS_EFBIG)
		return too_much(f, STATUS_TOO_MANY_RANGES, path);
	if (error < 0)
		return machine_unreadable(f, path, error);
	enum status status = iomem_parse(&m->iomem, m->text, used, f);
	if (status != STATUS_OK)
		return status;
	m->left_out.count = m->kept.count = m->taken.count = 0;
	if (arch_has_trees && arch && arch->device_tree) {
		status = read_tree(m, reader, f);
		if (status == STATUS_OK && arch->memory)
			status = arch->memory(m, reader, f);
		if (status != STATUS_OK)
			return status;
	}
	if (!machine_choose_dump(m, arch))
		return fail(f, STATUS_TOO_MANY_RANGES,
			    "/proc/iomem has more System RAM ranges than the loader holds", NULL);
	read_memory_total(m, reader);
	if (m->iomem.crash_count == 0)
		return fail(f, STATUS_NO_CRASH_REGION, "no memory is reserved for a capture kernel",
			    "boot with crashkernel=SIZE; if it is given, the kernel's log says why it was not honoured");
	return STATUS_OK;
}

bool cpu_list_each(const char *list, bool (*each)(void *context, uint64_t cpu), void *context)
{
	const char *at = list;

	scan_space(&at);
	for (;;) {
		uint64_t first, last;
		if (!scan_decimal(&at, &first))
			return false;
		last = first;
		if (scan_word(&at, "-") && !scan_decimal(&at, &last))
			return false;
		/* Far above any NR_CPUS: a list of what is not there must not keep us busy. */
		if (last < first || last > UINT16_MAX)
			return false;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			if (!each(context, cpu))
				return false;
		if (!scan_word(&at, ","))
			return scan_done(at);
	}
}

struct search {
	uint64_t cpu;
	bool found;
};

static bool compare_cpu(void *context, uint64_t cpu)
{
	struct search *search = context;

	if (cpu == search->cpu)
		search->found = true;
	return true;
}

bool cpu_list_has(const char *list, uint64_t cpu)
{
	struct search search = { cpu, false };

	return cpu_list_each(list, compare_cpu, &search) && search.found;
}

struct cpu_reading {
	struct machine *machine;
	struct reader *reader;
	struct failure *failure;
	const char *present;
	uint64_t previous;
	enum status status;
};

static void cpu_path(uint64_t cpu, const char *file, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	text_put(&t, CPU_FOLDER "cpu");
	text_decimal(&t, cpu);
	text_char(&t, '/');
	text_put(&t, file);
}

/* One CPU's note buffer. Buffers exist for registered CPUs only: others are passed over. */
static bool read_cpu(void *context, uint64_t cpu)
{
	struct cpu_reading *reading = context;
	struct machine *m = reading->machine;
	char path[96];
	uint64_t address, size;

	/* A list in another order would count a CPU twice. */
	if (m->cpu_count > 0 && cpu <= reading->previous) {
		reading->status = STATUS_BAD_LIVE_VALUE;
		return false;
	}
	cpu_path(cpu, "crash_notes", path, sizeof(path));
	long error = reader_hex(reading->reader, path, &address);
	if (error == -SYS_ENOENT && !cpu_list_has(reading->present, cpu))
		return true;
	if (error == 0 && address == 0) {
		reading->status = no_address(reading->failure, path);
		return false;
	}
	if (error == 0) {
		cpu_path(cpu, "crash_notes_size", path, sizeof(path));
		error = reader_decimal(reading->reader, path, &size);
	}
	if (error < 0) {
		reading->status = machine_unreadable(reading->failure, path, error);
		return false;
	}
	/* A note header at least; the buffers are some hundred bytes within one page. */
	if (size < NOTE_HEADER_BYTES || size > 65536 || address > UINT64_MAX - size) {
		reading->status = machine_unreadable(reading->failure, path, -SYS_EINVAL);
		return false;
	}
	if (m->cpu_count == MACHINE_CPUS_MAX) {
		reading->status = fail(reading->failure, STATUS_TOO_MANY_CPUS,
				       "the machine has more CPUs than the loader holds", NULL);
		return false;
	}
	m->cpu_notes[m->cpu_count++] = (struct range){ address, address + size };
	reading->previous = cpu;
	return true;
}

enum status machine_read_cpus(struct machine *m, struct reader *reader, struct failure *f)
{
	/* A list of 8192 single numbers is 48 KiB. */
	static char present[65536];
	struct cpu_reading reading = { m, reader, f, present, 0, STATUS_OK };
	const char *path = CPU_FOLDER "present";
	size_t used;

	m->cpu_count = 0;
	long error = reader_text(reader, path, present, sizeof(present), &used);
	if (error == 0) {
		path = CPU_FOLDER "possible";
		error = reader_text(reader, path, m->text, sizeof(m->text), &used);
	}
	if (error == -SYS_EFBIG)
		return too_much(f, STATUS_TOO_MANY_CPUS, path);
	if (error < 0)
		return machine_unreadable(f, path, error);
	failure_clear(f);
	if (!cpu_list_each(m->text, read_cpu, &reading)) {
		if (reading.status != STATUS_OK && f->status == reading.status)
			return reading.status;
		return machine_unreadable(f, path, -SYS_EINVAL);
	}
	if (m->cpu_count == 0)
		return fail(f, STATUS_BAD_LIVE_VALUE,
			    "no CPU has a crash_notes file below /sys/devices/system/cpu",
			    "the running kernel must be built with CONFIG_CRASH_DUMP and CONFIG_KEXEC");
	return STATUS_OK;
}

enum status machine_read_vmcoreinfo(struct machine *m, struct reader *reader, struct failure *f)
{
	static const char path[] = "/sys/kernel/vmcoreinfo";
	char text[64];
	const char *at = text;
	uint64_t address, size;
	size_t used;
	long error = reader_text(reader, path, text, sizeof(text), &used);

	if (error < 0)
		return machine_unreadable(f, path, error);
	/* The size is hex without a prefix: "1024" are 4132 bytes. */
	if (!scan_hex_prefixed(&at, &address) || !scan_word(&at, " ") || !scan_hex(&at, &size) ||
	    !scan_done(at) || size < NOTE_HEADER_BYTES || address > UINT64_MAX - size)
		return machine_unreadable(f, path, -SYS_EINVAL);
	if (address == 0)
		return no_address(f, path);
	m->vmcoreinfo = (struct range){ address, address + size };
	return STATUS_OK;
}

static bool wants(uint64_t sources, enum live_source source)
{
	return (sources >> source & 1) != 0;
}

/*
 * A Xen PV dom0 sees pseudo-physical memory, and the hypervisor has the notes and the crash region.
 * Headers made of what it shows would describe another machine.
 */
static enum status refuse_dom0(struct machine *m, struct reader *reader, struct failure *f)
{
	static const char path[] = "/proc/xen/capabilities";
	size_t used;

	if (reader_text(reader, path, m->text, sizeof(m->text), &used) < 0)
		return STATUS_OK;
	const char *at = m->text;
	while (*at != '\0' && !str_starts(at, "control_d"))
		at++;
	if (*at == '\0')
		return STATUS_OK;
	return fail(f, STATUS_WRONG_MACHINE, "this is Xen's control domain; bundles are for machines and guests",
		    "let the hypervisor's own tools arm a capture kernel");
}

static enum status read_for_header(struct machine *m, struct reader *reader, struct failure *f)
{
	enum status status = machine_read_cpus(m, reader, f);

	if (status != STATUS_OK)
		return status;
	status = machine_read_vmcoreinfo(m, reader, f);
	if (status != STATUS_OK || !m->arch->virtual_map)
		return status;
	status = m->arch->virtual_map(m, reader, f);
	m->has_virtual_map = status == STATUS_OK;
	return status;
}

enum status machine_read(struct machine *m, struct reader *reader, const struct arch *arch,
			 uint64_t sources, struct failure *f)
{
	enum status status;

	m->arch = arch;
	m->cpu_count = 0;
	m->has_virtual_map = false;
	m->virtual_map = (struct virtual_map){ 0 };
	m->acpi_rsdp = 0;
	m->firmware = (struct firmware){ 0, 0, 0, 0 };
	m->elfcorehdr_size = 0;
	m->tree.size = 0;
	m->cpu_features = 0;
	m->vmcoreinfo = (struct range){ 0, 0 };
	status = refuse_dom0(m, reader, f);
	if (status != STATUS_OK)
		return status;
	status = machine_read_memory(m, reader, arch, f);
	if (status != STATUS_OK)
		return status;
	/* Since 6.6, where it is built in. */
	if (wants(sources, LIVE_SOURCE_HOTPLUG))
		reader_decimal(reader, ELFCOREHDR_SIZE, &m->elfcorehdr_size);
	if (wants(sources, LIVE_SOURCE_ELFCOREHDR)) {
		status = read_for_header(m, reader, f);
		if (status != STATUS_OK)
			return status;
	}
	if (wants(sources, LIVE_SOURCE_ACPI_RSDP) && arch->acpi_rsdp) {
		status = arch->acpi_rsdp(reader, &m->acpi_rsdp, f);
		if (status != STATUS_OK)
			return status;
	}
	if (arch_has_firmware && wants(sources, LIVE_SOURCE_FIRMWARE) && arch->firmware) {
		status = arch->firmware(m, f);
		if (status != STATUS_OK)
			return status;
	}
	if (wants(sources, LIVE_SOURCE_CPU_FEATURES) && arch->cpu_features)
		return arch->cpu_features(reader, &m->cpu_features, f);
	return STATUS_OK;
}

static bool same_range(struct range a, struct range b)
{
	return a.start == b.start && a.end == b.end;
}

static bool same_list(const struct range *a, uint32_t a_count, const struct range *b,
		      uint32_t b_count)
{
	return a_count == b_count && mem_equal(a, b, a_count * sizeof(*a));
}

static bool same_ranges(const struct ranges *a, const struct ranges *b)
{
	return same_list(a->items, a->count, b->items, b->count);
}

bool machine_same(const struct machine *a, const struct machine *b)
{
	return same_list(a->iomem.crash, a->iomem.crash_count, b->iomem.crash,
			 b->iomem.crash_count) &&
	       same_ranges(&a->left_out, &b->left_out) &&
	       (!arch_has_trees ||
		(same_ranges(&a->taken, &b->taken) && a->tree.size == b->tree.size &&
		 mem_equal(a->tree.bytes, b->tree.bytes, a->tree.size))) &&
	       same_ranges(&a->iomem.ram, &b->iomem.ram) &&
	       same_ranges(&a->iomem.acpi_tables, &b->iomem.acpi_tables) &&
	       same_ranges(&a->iomem.acpi_nvs, &b->iomem.acpi_nvs) &&
	       same_ranges(&a->iomem.reserved, &b->iomem.reserved) &&
	       same_ranges(&a->iomem.pmem, &b->iomem.pmem) &&
	       same_ranges(&a->iomem.pmem_legacy, &b->iomem.pmem_legacy) &&
	       same_list(a->cpu_notes, a->cpu_count, b->cpu_notes, b->cpu_count) &&
	       same_range(a->vmcoreinfo, b->vmcoreinfo) &&
	       mem_equal(&a->virtual_map, &b->virtual_map, sizeof(a->virtual_map)) &&
	       a->acpi_rsdp == b->acpi_rsdp &&
	       (!arch_has_firmware || mem_equal(&a->firmware, &b->firmware, sizeof(a->firmware))) && a->elfcorehdr_size == b->elfcorehdr_size && a->cpu_features == b->cpu_features;
}

void machine_gather(struct machine *m, struct reader *reader, const struct arch *arch)
{
	static struct failure ignored;

	refuse_dom0(m, reader, &ignored);
	machine_read_memory(m, reader, arch, &ignored);
	machine_read_cpus(m, reader, &ignored);
	machine_read_vmcoreinfo(m, reader, &ignored);
	reader_decimal(reader, ELFCOREHDR_SIZE, &m->elfcorehdr_size);
	if (!arch)
		return;
	if (arch->virtual_map)
		arch->virtual_map(m, reader, &ignored);
	if (arch->acpi_rsdp)
		arch->acpi_rsdp(reader, &m->acpi_rsdp, &ignored);
	if (arch->cpu_features)
		arch->cpu_features(reader, &m->cpu_features, &ignored);
}
