/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader knows of x86 as a target, of 32 and of 64 bits: forms of the memory map, and what is read alike. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

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
enum status x86_memory_map(const struct iomem *iomem, struct range cut, struct e820 *map,
			      struct failure *f);
/* Writes the map as boot_params has it; `size` bytes at `table`, the number to `count`. */
enum status x86_write_e820(const struct e820 *map, uint8_t *table, uint64_t size,
			      uint8_t *count, struct failure *f);
/* Appends the map as memmap= words. What does not fit is seen in t->cut. */
void x86_append_memmap(const struct e820 *map, struct text *t);

/* The kernel reserves the first megabyte and keeps nothing there since 5.13; with crashkernel= since 5.5. */
#define X86_DUMP_FLOOR (1u << 20)

/* STATUS_WRONG_KERNEL for a running kernel of which a dump would be silently incomplete. */
enum status x86_old_kernel(struct reader *reader, struct failure *f);

/* As struct arch has them (machine/arch.h). */
enum status x86_fill_memory_map(const struct machine *machine, const struct seal_live *live,
				struct range cut, uint8_t *buf, struct failure *f);
enum status x86_acpi_rsdp(struct reader *reader, uint64_t *address, struct failure *f);
enum status x86_cpu_features(struct reader *reader, uint64_t *features, struct failure *f);

#endif
