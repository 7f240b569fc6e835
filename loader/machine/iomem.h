/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/iomem: which physical memory is what (kernel/resource.c). Pure: text in, ranges out. */
#ifndef IOMEM_H
#define IOMEM_H

#include <stddef.h>

#include "base/failure.h"
#include "base/range.h"

struct iomem {
	/* "System RAM" and its suffixed kinds, whatever is nested in them. */
	struct ranges ram;
	struct ranges acpi_tables;
	struct ranges acpi_nvs;
	struct ranges reserved;
	/* Disks in the memory's sockets, and RAM that `memmap=SIZE!START` made one: a dump may go there. */
	struct ranges pmem;
	struct ranges pmem_legacy;
	/* AMD's aperture over RAM: reading it hangs machines. */
	struct ranges gart;
	/* "Crash kernel" lines in order; the last one is the main region. */
	struct range crash[2];
	uint32_t crash_count;
	/*
	 * Physical ranges of the running kernel's text, of its data, and of all of it, as the architecture has
	 * them; start == end when the file has none.
	 */
	struct range kernel_code, kernel_data, kernel_image;
};

/*
 * Before: `text` is `size` bytes ended by NUL.
 * After:  STATUS_OK; STATUS_HIDDEN_ADDRESSES when every address is zero (a reader without
 *         CAP_SYS_ADMIN sees that, and no error); STATUS_BAD_LIVE_VALUE for what is not of the
 *         grammar; STATUS_TOO_MANY_RANGES. A file without a crash region is right in itself.
 */
enum status iomem_parse(struct iomem *map, const char *text, size_t size, struct failure *f);

/* The region that segments go to; start == end when there is none. */
struct range iomem_crash_main(const struct iomem *map);
/* The one before it, for devices that reach low memory alone; 0 to 0 when there is none. */
struct range iomem_crash_low(const struct iomem *map);

#endif
