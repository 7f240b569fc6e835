/* SPDX-License-Identifier: Apache-2.0 */
/*
 * riscv64: a flat kernel that finds the device tree among the segments by its header; virtual addresses from
 * VMCOREINFO; memory that the firmware keeps for itself in M-mode, which faults when it is read.
 */
#include <libfdt.h>

#include "arch/registry.h"
#include "base/elf.h"
#include "base/scan.h"
#include "elf_machine.h"
#include "machine/cpuinfo.h"
#include "machine/machine.h"
#include "tree/tree.h"

/* The control page and the copy of VMCOREINFO. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 2;
}

/* Firmware names its own "mmode_resv0@80000000"; what is never mapped is no memory to be read either. */
static bool is_unreadable(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return (name && scan_word(&name, "mmode_resv")) || fdt_getprop(fdt, node, "no-map", NULL);
}

/* What is unreadable stands as System RAM in /proc/iomem, and reading it ends the copy of a dump. */
static bool keep_off(void *context, struct range r, int node)
{
	struct machine *m = context;

	return machine_take(m, r) &&
	       (node < 0 || !is_unreadable(m->tree.bytes, node) || ranges_add(&m->left_out, r));
}

static enum status memory(struct machine *m, struct reader *reader, struct failure *f)
{
	(void)reader;
	return machine_each_reserved(m, keep_off, f);
}

/* Nothing beside the bundle's additions: the kernel is told its hart in a register. */
static enum status device_tree(const struct machine *m, void *fdt, struct failure *f)
{
	(void)m;
	(void)fdt;
	(void)f;
	return STATUS_OK;
}

static enum status disagree(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "/proc/kcore's VMCOREINFO ");
	text_put(t, what);
	failure_path(f, "/proc/kcore");
	return failure_end(f, NULL);
}

/* Linux, arch/riscv/kernel/vmcore_info.c: since 6.4 or so it has all of them, and no other way tells them. */
static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	const struct range image = m->iomem.kernel_image;
	uint64_t page_offset;
	uint64_t ram_base;
	uint64_t text_offset;
	uint64_t link_address;
	enum status status = kcore_read(&m->kcore, reader, f);

	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(PAGE_OFFSET)", &page_offset, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(phys_ram_base)", &ram_base, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(va_kernel_pa_offset)", &text_offset, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(KERNEL_LINK_ADDR)", &link_address, f);
	if (status != STATUS_OK)
		return status;
	if (page_offset >> 63 == 0 || page_offset % 4096 != 0 || ram_base % 4096 != 0 || ram_base > page_offset)
		return disagree(f, "has a PAGE_OFFSET and a phys_ram_base that cannot be");
	if (image.start == image.end)
		return fail(f, STATUS_HIDDEN_ADDRESSES, "/proc/iomem does not say where the kernel is",
			    "the dump's header needs the kernel's virtual addresses");
	if (image.start + text_offset < link_address || range_size(image) > UINT64_MAX - (image.start + text_offset))
		return disagree(f, "and /proc/iomem disagree on where the kernel is");
	m->virtual_map = (struct virtual_map){
		.direct = page_offset - ram_base,
		.text_virtual = image.start + text_offset,
		.text_physical = image.start,
		.text_size = range_size(image),
	};
	return STATUS_OK;
}

/* "rv64imafdc_zicsr_zknh": one word, its parts set apart by underscores. */
static bool isa_has(const char *isa, const char *extension)
{
	for (; *isa != '\0' && *isa != '\n'; isa++) {
		const char *at = isa + 1;

		if (*isa == '_' && scan_word(&at, extension) &&
		    (*at == '_' || *at == '\n' || *at == '\0'))
			return true;
	}
	return false;
}

/* The first line "isa" names what all harts have (since Linux 6.7), or the first hart, which is like the others. */
static enum status cpu_features(struct reader *reader, uint64_t *features, struct failure *f)
{
	static char text[CPUINFO_MAX];
	const char *isa;

	*features = 0;
	enum status status = cpuinfo_words(reader, "isa", text, &isa, f);
	if (status == STATUS_OK)
		*features = (isa_has(isa, "zknh") ? CPU_FEATURE_RISCV64_ZKNH : 0) |
			    (isa_has(isa, "zbb") ? CPU_FEATURE_RISCV64_ZBB : 0);
	return status;
}

const struct arch arch_riscv64 = {
	.name = "riscv64",
	.machine = ELF_MACHINE_RISCV,
	.byte_order = ELF_LITTLE,
	.memory = memory,
	.device_tree = device_tree,
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.cpu_features = cpu_features,
};
