/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s390x: the capture kernel finds memory, CPUs and VMCOREINFO by itself (lowcore, os_info), so a
 * seal for it asks for numbers and digests only.
 */
#include "../../arch.h"
#include "../../elf64.h"

/* One control page and the copy of VMCOREINFO. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 2;
}

const struct arch arch_s390x = {
	.name = "s390x",
	.machine = 22,
	.byte_order = ELF_BIG,
	.control_pages = control_pages,
};
