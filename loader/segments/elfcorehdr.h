/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF core header: tells the capture kernel what memory to show as /proc/vmcore and where the
 * notes of the dead kernel are. Filled into a sealed template, then checked as a reader of its own
 * would, because kexec_load(2) does not look at it. Pure; the byte order is the template's.
 */
#ifndef ELFCOREHDR_H
#define ELFCOREHDR_H

#include "base/failure.h"
#include "machine/machine.h"
#include "base/range.h"

/*
 * Before: `buf` is the whole segment: a header of 64 bytes for `arch`, room for the seal's slots.
 *         `backup` is where the copy of the architecture's backup range will be, if it has one.
 * After:  STATUS_OK; or STATUS_TOO_MANY_CPUS, STATUS_TOO_MANY_RANGES, STATUS_BAD_HEADER with `buf`
 *         unchanged.
 */
enum status elfcorehdr_fill(uint8_t *buf, uint64_t size, uint32_t max_cpus, uint32_t max_ranges,
			    const struct machine *machine, uint64_t backup, struct failure *f);

/*
 * All notes first, of a size that can be read; then memory: no wrap, inside System RAM, all of it
 * but crash regions and what the architecture leaves out, and nothing of those. STATUS_BAD_HEADER.
 */
enum status elfcorehdr_check(const uint8_t *buf, uint64_t size, const struct machine *machine,
			     uint64_t backup, struct failure *f);

#endif
