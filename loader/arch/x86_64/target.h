/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader knows of x86_64 as a target: memory map forms and virtual addresses. */
#ifndef ARCH_X86_64_TARGET_H
#define ARCH_X86_64_TARGET_H

#include "machine/arch.h"
#include "machine/machine.h"

enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3,
	E820_NVS = 4,
	E820_PMEM = 7,
	E820_PRAM = 12,
};

struct e820_entry {
	struct range range;
	enum e820_type type;
};

struct e820 {
	uint32_t count;
	struct e820_entry entries[SEAL_E820_MAX];
};

/*
 * The memory map for the capture kernel: RAM below 1 MiB and the crash regions without `cut`, and
 * what firmware keeps. STATUS_TOO_MANY_RANGES when the boot protocol cannot hold it.
 */
enum status x86_64_memory_map(const struct iomem *iomem, struct range cut, struct e820 *map,
			      struct failure *f);
/* Writes the map as boot_params has it; `size` bytes at `table`, the number to `count`. */
enum status x86_64_write_e820(const struct e820 *map, uint8_t *table, uint64_t size,
			      uint8_t *count, struct failure *f);
/* Appends the map as memmap= words. What does not fit is seen in t->cut. */
void x86_64_append_memmap(const struct e820 *map, struct text *t);

enum status x86_64_virtual_map(const struct machine *machine, struct virtual_map *map,
			       struct failure *f);
bool x86_64_five_level(const struct virtual_map *map);

#endif
