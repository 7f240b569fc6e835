/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/registry.h"
#include "arch/x86/x86.h"
#include "base/scan.h"
#include "elf_machine.h"
#include "machine/machine.h"

/* Every split of the address space that a kernel can be configured for (VMSPLIT_*) begins at one of these or above. */
#define LOWEST_SPLIT UINT64_C(0x40000000)
/* Of the page directory: a split begins with an entry of its own, of 2 MiB with PAE. */
#define SPLIT_ALIGN (2u << 20)
#define ADDRESSES_END (UINT64_C(1) << 32)
/* Linux, CRASH_ADDR_LOW_MAX of arch/x86/kernel/setup.c, and KERNEL_IMAGE_SIZE. */
#define REGION_END (UINT64_C(512) << 20)

/* The control page and a copy of VMCOREINFO, with room to spare; page tables come from elsewhere. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 8;
}

static enum status contradiction(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "/proc/kcore ");
	text_put(t, what);
	failure_path(f, "/proc/kcore");
	return failure_end(f, NULL);
}

/* Without a map of VMEMMAP and without a mapping of its text apart, one entry tells its physical address: low memory. */
static enum status split(struct machine *m, struct failure *f)
{
	const struct kcore_load *low = NULL;
	const char *at = kcore_vmcoreinfo(&m->kcore, "SYMBOL(_stext)");
	uint64_t stext;

	for (uint32_t i = 0; i < m->kcore.load_count; i++) {
		const struct kcore_load *load = &m->kcore.loads[i];

		if (load->physical == ELF_NO_ADDRESS || load->size == 0)
			continue;
		if (low)
			return contradiction(f, "has two entries of low memory");
		low = load;
	}
	if (!low) {
		fail(f, STATUS_HIDDEN_ADDRESSES, "/proc/kcore has no entry of low memory",
		     "the dump's header needs the kernel's virtual addresses");
		failure_path(f, "/proc/kcore");
		return STATUS_HIDDEN_ADDRESSES;
	}
	const uint64_t direct = low->virtual_start - low->physical;
	if (direct < LOWEST_SPLIT || direct % SPLIT_ALIGN != 0 || low->virtual_start > ADDRESSES_END ||
	    low->size > ADDRESSES_END - low->virtual_start)
		return contradiction(f, "has low memory where no split of the address space puts it");
	if (at && (!scan_hex(&at, &stext) || stext - low->virtual_start >= low->size ||
		   (m->iomem.kernel_code.start != m->iomem.kernel_code.end &&
		    stext - direct - m->iomem.kernel_code.start >= range_size(m->iomem.kernel_code))))
		return contradiction(f, "and VMCOREINFO or /proc/iomem disagree on where the kernel text is");
	m->virtual_map = (struct virtual_map){ .direct = direct, .direct_end = low->physical + low->size };
	return STATUS_OK;
}

static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	enum status status = x86_old_kernel(reader, f);

	if (status == STATUS_OK)
		status = kcore_read(&m->kcore, reader, f);
	if (status != STATUS_OK)
		return status;
	/* A program of 32 bits runs there as well, and would hand over purgatory in the wrong mode. */
	if (m->kcore.elf_class != ELF_CLASS_32) {
		fail(f, STATUS_WRONG_KERNEL, "the running kernel is one of 64 bits, and the bundle is for i386",
		     "install the loader and a bundle of the kernel's own architecture");
		failure_detail(f, DETAIL_KERNEL_IS_WIDER);
		failure_path(f, "/proc/kcore");
		return STATUS_WRONG_KERNEL;
	}
	return split(m, f);
}

/* The kernel is part of its own low memory, and the decompressor and boot_params know 32 bits. */
static enum status demands(const struct seal *seal, const struct machine *m, struct failure *f)
{
	const struct range region = iomem_crash_main(&m->iomem);

	(void)seal;
	if (region.end <= REGION_END)
		return STATUS_OK;
	struct text *t = failure_begin(f, STATUS_NO_PLACE);
	text_put(t, "the crash region ends at ");
	text_hex(t, region.end);
	text_put(t, ", and an i386 kernel can be entered below ");
	text_hex(t, REGION_END);
	failure_detail(f, DETAIL_REGION_TOO_HIGH);
	return failure_end(f, "boot with a crash region that ends there: crashkernel=SIZE, without an offset");
}

const struct arch arch_i386 = {
	.name = "i386",
	.machine = ELF_MACHINE_I386,
	.byte_order = ELF_LITTLE,
	.elf32 = true,
	.dump_floor = X86_DUMP_FLOOR,
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.memory_map = x86_fill_memory_map,
	.acpi_rsdp = x86_acpi_rsdp,
	.cpu_features = x86_cpu_features,
	.demands = demands,
};
