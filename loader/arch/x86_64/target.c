/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include "arch/registry.h"
#include "arch/x86/x86.h"
#include "elf_machine.h"
#include "machine/machine.h"

/*
 * Without 1 GiB pages the identity map takes a page for each GiB of RAM; beside it one page for each
 * 512 GiB, the control pages themselves and a copy of VMCOREINFO.
 */
static uint64_t control_pages(uint64_t ram)
{
	return 64 + (ram >> 30) + 1;
}

static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	enum status status = x86_old_kernel(reader, f);

	if (status != STATUS_OK)
		return status;
	status = kcore_read(&m->kcore, reader, f);

	return status == STATUS_OK ? x86_64_virtual_map(m, &m->virtual_map, f) : status;
}

static enum status demands(const struct seal *seal, const struct machine *m, struct failure *f)
{
	if ((seal->header.flags & SEAL_FLAG_NEEDS_FOUR_LEVEL_PAGING) != 0 && m->has_virtual_map &&
	    x86_64_five_level(&m->virtual_map))
		return fail(f, STATUS_WRONG_MACHINE,
			    "the running kernel uses 5-level paging, which the sealed capture kernel cannot take over",
			    "boot the machine with no5lvl, or seal a capture kernel with CONFIG_X86_5LEVEL");
	return STATUS_OK;
}

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.machine = ELF_MACHINE_X86_64,
	.byte_order = ELF_LITTLE,
	.dump_floor = X86_DUMP_FLOOR,
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.memory_map = x86_fill_memory_map,
	.acpi_rsdp = x86_acpi_rsdp,
	.cpu_features = x86_cpu_features,
	.demands = demands,
};
