/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ia64, as far as it can be shown: nothing here ever ran on such a machine, and no program is built for one.
 * Its kernels left Linux with 6.7.
 */
#include "arch/ia64/target.h"
#include "arch/registry.h"
#include "base/elf.h"
#include "elf_machine.h"
#include "machine/machine.h"

/* Region 7 maps all memory, region 5 the kernel (Linux, arch/ia64/include/asm/{page,pgtable}.h). */
#define IDENTITY UINT64_C(0xe000000000000000)
#define KERNEL_START UINT64_C(0xa000000100000000)
/* What the kernel counts memory in, and rounds max_addr= and min_addr= down to. */
#define GRANULE (16u << 20)
/* Pages of the running kernel, at their largest. */
#define PAGE_MAX (64u << 10)

/* The control page. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return PAGE_MAX / 4096;
}

static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	const struct range code = m->iomem.kernel_code;

	(void)reader;
	if (code.start == code.end) {
		fail(f, STATUS_HIDDEN_ADDRESSES, "/proc/iomem does not say where the kernel is",
		     "the dump's header needs the kernel's virtual addresses");
		failure_path(f, "/proc/iomem");
		return STATUS_HIDDEN_ADDRESSES;
	}
	m->virtual_map = (struct virtual_map){
		.direct = IDENTITY,
		.text_virtual = KERNEL_START,
		.text_physical = code.start,
		.text_size = range_size(code),
	};
	return STATUS_OK;
}

/* Elsewhere the words of the command line would give the capture kernel memory that is not in the region, or too little. */
static enum status demands(const struct seal *seal, const struct machine *m, struct failure *f)
{
	const struct range region = iomem_crash_main(&m->iomem);

	(void)seal;
	if (region.start % GRANULE == 0 && region.end % GRANULE == 0)
		return STATUS_OK;
	struct text *t = failure_begin(f, STATUS_NO_PLACE);
	text_put(t, "the crash region, from ");
	text_hex(t, region.start);
	text_put(t, " to ");
	text_hex(t, region.end);
	text_put(t, ", does not begin and end at multiples of ");
	text_size(t, GRANULE);
	failure_detail(f, DETAIL_REGION_NOT_WHOLE);
	return failure_end(f, "boot with crashkernel=SIZE@OFFSET, both multiples of 64M");
}

const struct arch arch_ia64 = {
	.name = "ia64",
	.machine = ELF_MACHINE_IA64,
	.byte_order = ELF_LITTLE,
	.shown_only = true,
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.efi_memmap = ia64_efi_memmap,
	.demands = demands,
};
