/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running machine says of itself, as far as a seal asks for it.
 * Every value is checked against its form when it is read; none is guessed.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/arch.h"
#include "base/failure.h"
#include "machine/iomem.h"
#include "machine/kcore.h"
#include "base/reader.h"
#include "bundle/seal.h"

/* Far above NR_CPUS of distribution kernels' crash headers; the seal's maximum is lower. */
#define MACHINE_CPUS_MAX 8192u
/* Thousands of ranges of RAM and of PCI functions are some hundred KiB of lines in /proc/iomem. */
#define MACHINE_TEXT_MAX (4u << 20)

/* The running kernel's own, checked; size 0: not read. */
struct live_tree {
	size_t size;
	_Alignas(8) uint8_t bytes[TREE_MAX];
};

struct machine {
	const struct arch *arch;
	struct iomem iomem;
	struct live_tree tree;
	/* Never dumped: crash regions, what is below the floor, what reading hangs or fails at. */
	struct ranges left_out;
	/* In a crash region, and dumped all the same. */
	struct ranges kept;
	/* In a crash region, where no segment may go. */
	struct ranges taken;
	/* RAM that the dump is to cover: iomem's without what is left out and the backup range. */
	struct ranges dump;
	/* /proc/meminfo, MemTotal, in bytes; 0 = not known. */
	uint64_t memory_total;
	/* Register notes of the CPUs, in the order of their numbers. */
	uint32_t cpu_count;
	struct range cpu_notes[MACHINE_CPUS_MAX];
	struct range vmcoreinfo;
	struct kcore kcore;
	struct virtual_map virtual_map;
	bool has_virtual_map;
	uint64_t acpi_rsdp;
	struct firmware firmware;
	/* Bytes that the kernel wants for the ELF core header it rewrites; 0: it does not. */
	uint64_t elfcorehdr_size;
	uint64_t cpu_features;
	char text[MACHINE_TEXT_MAX];
};

/*
 * Reads what live values of `sources` (bits 1 << enum live_source) need; the crash region always.
 * After: STATUS_OK, or the status and reason of the first thing that cannot be had.
 */
enum status machine_read(struct machine *machine, struct reader *reader, const struct arch *arch,
			 uint64_t sources, struct failure *f);

/* Was the same read for both? What only makes the kernel's own checks come early is left out. */
bool machine_same(const struct machine *a, const struct machine *b);

/*
 * Reads everything for its being read, as facts; what is not there is passed over. `arch` is NULL on a
 * machine that is none of ours.
 */
void machine_gather(struct machine *machine, struct reader *reader, const struct arch *arch);

/* Keeps segments off what of `r` lies in a crash region. False when there is no room for it. */
bool machine_take(struct machine *machine, struct range r);

/* tree_each_reserved() of the live tree: STATUS_OK, or STATUS_TOO_MANY_RANGES where the callback finds no room. */
enum status machine_each_reserved(struct machine *machine,
				  bool (*each)(void *machine, struct range r, int node), struct failure *f);

/*
 * From the iomem, and what is in left_out and kept already: what the dump leaves out, and what it covers.
 * False when there is no room for so many ranges.
 */
bool machine_choose_dump(struct machine *machine, const struct arch *arch);

/* The parts of machine_read(), each of which can be had alone. */
enum status machine_read_memory(struct machine *machine, struct reader *reader,
				const struct arch *arch, struct failure *f);
enum status machine_read_cpus(struct machine *machine, struct reader *reader, struct failure *f);
enum status machine_read_vmcoreinfo(struct machine *machine, struct reader *reader,
				    struct failure *f);

/*
 * A CPU list as in /sys/devices/system/cpu ("0-3,8,10-11"). Calls back for each number in order.
 * False when it is not one, or the callback says so.
 */
bool cpu_list_each(const char *list, bool (*each)(void *context, uint64_t cpu), void *context);
bool cpu_list_has(const char *list, uint64_t cpu);

#endif
