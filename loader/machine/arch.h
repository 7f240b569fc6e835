/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs by architecture of the target. A build can know several targets, chosen by the seal,
 * so that one machine can show what would be loaded on another; only system calls are native.
 */
#ifndef ARCH_H
#define ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/range.h"
#include "base/reader.h"

struct machine;
struct seal;
struct seal_live;

/* Where the running kernel has its memory: virtual = direct + physical, and its own text. */
struct virtual_map {
	uint64_t direct;
	/* Physical memory from there on has no virtual address; 0: all of it has one. */
	uint64_t direct_end;
	/* Virtual and physical start of the text mapping; size 0 = the architecture has none. */
	uint64_t text_virtual;
	uint64_t text_physical;
	uint64_t text_size;
};

/* Does this program know an architecture with a device tree? The linker drops the code for it where not. */
extern const bool arch_has_trees;

/* Does this program know architectures that it does not run on? The linker drops what only these need where not. */
extern const bool arch_shows_others;

/* The EFI memory map as firmware has it, and what is to be cut out of it. */
struct efi_request {
	const uint8_t *map;
	size_t map_size;
	/* The boot parameters, as far as they are filled. */
	const uint8_t *parameters;
	/* Where segments lie, sorted. */
	const struct range *segments;
	uint32_t segment_count;
};

/* One that has firmware in memory: it is asked for a reset, stepped around, and purgatory copies low memory. */
extern const bool arch_has_firmware;

/* What purgatory asks for a reset (bundle_format.h, purgatory_firmware). */
struct firmware {
	uint32_t kind;
	uint32_t token;
	uint64_t base;
	uint64_t entry;
};

struct arch {
	const char *name;
	uint16_t machine; /* e_machine; shifted left by 16 it is kexec_load's architecture flag */
	uint8_t byte_order; /* EI_DATA */
	/* The seal chooses the class of the ELF core header; without it, there is only that of 64 bits. */
	bool elf32;
	/* Physical memory below is left out of the dump. */
	uint64_t dump_floor;
	/*
	 * Memory that the capture kernel writes to before it reads it: purgatory copies it to the segment of kind
	 * backup, and the dump has it from there. Empty: none.
	 */
	struct range backup;
	/*
	 * What /proc/iomem does not tell, where there is a device tree. Called once both were read; may set the iomem's crash
	 * regions and RAM, and add to the machine's left_out, kept and taken. NULL: nothing to add.
	 */
	enum status (*memory)(struct machine *machine, struct reader *reader, struct failure *f);
	/*
	 * What the capture kernel's device tree needs beside the bundle's additions, which are in; `fdt` is open
	 * (tree/tree.h, libfdt.h). NULL: the architecture has no device tree.
	 */
	enum status (*device_tree)(const struct machine *machine, void *fdt, struct failure *f);
	/* Pages that the kernel takes out of the crash region, for `ram` bytes of memory. */
	uint64_t (*control_pages)(uint64_t ram);
	/* Sets machine->virtual_map. NULL: needs no virtual addresses. */
	enum status (*virtual_map)(struct machine *machine, struct reader *reader,
				   struct failure *f);
	/*
	 * Fills a live value of source e820 or memmap into `buf`, its segment's bytes, with `cut` taken
	 * out of RAM. NULL: has no such map.
	 */
	enum status (*memory_map)(const struct machine *machine, const struct seal_live *live,
				  struct range cut, uint8_t *buf, struct failure *f);
	/*
	 * The capture kernel's EFI memory map, written to `out`, `room` bytes; *size: as many as it has.
	 * NULL: has no such map.
	 */
	enum status (*efi_memmap)(const struct efi_request *request, uint8_t *out, size_t room,
				  size_t *size, struct failure *f);
	/* Nothing loads there: that its bundles can be shown here is all. */
	bool shown_only;
	/* Sets machine->firmware from the live tree. NULL: purgatory needs none. */
	enum status (*firmware)(struct machine *machine, struct failure *f);
	/* NULL where there are none to read. */
	enum status (*acpi_rsdp)(struct reader *reader, uint64_t *address, struct failure *f);
	enum status (*cpu_features)(struct reader *reader, uint64_t *features, struct failure *f);
	/* Demands that only this architecture knows: seal flags, forms of the crash region. */
	enum status (*demands)(const struct seal *seal, const struct machine *machine,
			       struct failure *f);
};

#endif
