/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which memory the capture kernel may use, in each place where the tree lists memory (Linux, arch/powerpc/kernel/prom.c
 * and arch/powerpc/mm/drmem.c), and the firmware that it must not touch.
 *
 * Usable is everything up to the end of the crash region: a kernel needs memory at address 0. What of it belongs to the
 * dead kernel is among the reservations that the bundle adds.
 */
#include "target.h"

#include <libfdt.h>

#include "byteorder.h"
#include "tree/tree.h"

#define DYNAMIC "/ibm,dynamic-reconfiguration-memory"
/* Flags of a logical memory block (LoPAPR, "ibm,dynamic-memory"). */
#define BLOCK_ASSIGNED 0x8u
#define BLOCK_RESERVED 0x80u
/* Of a version 1 list: address of 8, then index, reserved, association and flags of 4 each. */
#define BLOCK_BYTES 24u
#define BLOCK_AT_FLAGS 20u
/* Of a version 2 list: count of 4, address of 8, index, association and flags of 4 each. */
#define RUN_BYTES 24u
#define RUN_AT_ADDRESS 4u
#define RUN_AT_FLAGS 20u

static bool firmware_of(const void *fdt, int node, const char *base, const char *size, bool (*each)(void *, struct range),
			void *context)
{
	struct range r;
	uint64_t bytes;

	if (!tree_number(fdt, node, base, &r.start) || !tree_number(fdt, node, size, &bytes) ||
	    bytes > UINT64_MAX - r.start)
		return true;
	r.end = r.start + bytes;
	return each(context, r);
}

bool ppc64le_firmware_each(const void *fdt, bool (*each)(void *context, struct range r), void *context)
{
	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL))
		if (!firmware_of(fdt, node, "linux,rtas-base", "rtas-size", each, context) ||
		    !firmware_of(fdt, node, "opal-base-address", "opal-runtime-size", each, context) ||
		    !firmware_of(fdt, node, "linux,tce-base", "linux,tce-size", each, context))
			return false;
	return true;
}

static enum status damaged(struct failure *f, enum detail detail, const char *why)
{
	fail(f, STATUS_BAD_LIVE_VALUE, why, "please report this: nothing was loaded");
	failure_detail(f, detail);
	return STATUS_BAD_LIVE_VALUE;
}

/* One after the other, each a number of 64 bits; what there is no room for is only counted. */
struct cells {
	uint8_t *at;
	int bytes;
};

static void put(struct cells *cells, uint64_t value)
{
	if (cells->at) {
		store64_be(cells->at, value);
		cells->at += 8;
	}
	cells->bytes += 8;
}

/*
 * What the capture kernel may use: everything up to the end of the crash region, and the firmware beyond. The tree is
 * searched for firmware once: a large machine has hundreds of thousands of blocks to hold against it.
 */
struct usable {
	struct range low;
	struct range crash;
	struct ranges firmware;
	/* Of the root, for "reg" of the nodes of memory. */
	struct tree_cells reg_cells;
	/* Bytes of the crash region that the tree lists as memory. */
	uint64_t listed;
};

static bool add_beyond(void *context, struct range r)
{
	struct usable *u = context;

	if (r.start < u->low.end)
		r.start = u->low.end;
	return r.start >= r.end || ranges_add(&u->firmware, r);
}

/* Address and size of what is usable `within`; the number of pairs. */
static uint64_t put_usable(struct usable *u, struct cells *cells, struct range within)
{
	uint64_t count = 0;

	if (!cells->at)
		u->listed += range_size(range_common(within, u->crash));
	for (uint32_t i = 0; i <= u->firmware.count; i++) {
		const struct range common = range_common(within, i == 0 ? u->low : u->firmware.items[i - 1]);

		if (common.end == common.start)
			continue;
		put(cells, common.start);
		put(cells, range_size(common));
		count++;
	}
	return count;
}

/* Of one node: its ranges one after the other; a pair of zeros where nothing is usable. */
static void memory_node(struct usable *u, const void *fdt, int node, struct cells *cells)
{
	struct range r;
	uint64_t count = 0;

	for (struct tree_regs regs = tree_regs(fdt, node, u->reg_cells); tree_next_reg(&regs, &r);)
		count += put_usable(u, cells, r);
	if (count == 0) {
		put(cells, 0);
		put(cells, 0);
	}
}

/* Of each block that is there: the number of pairs, and the pairs. The kernel reads none for the others. */
static void block(struct usable *u, struct cells *cells, uint64_t start, uint64_t size, uint32_t flags)
{
	struct cells count = *cells;

	if ((flags & BLOCK_ASSIGNED) == 0 || (flags & BLOCK_RESERVED) != 0 || start > UINT64_MAX - size)
		return;
	put(cells, 0);
	put(&count, put_usable(u, cells, (struct range){ start, start + size }));
}

static bool blocks_v1(struct usable *u, struct cells *cells, const uint8_t *list, uint32_t length, uint64_t size)
{
	const uint32_t count = length < 4 ? 0 : load32_be(list);

	if (length < 4 || count != (length - 4) / BLOCK_BYTES)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = list + 4 + i * BLOCK_BYTES;

		block(u, cells, load64_be(at), size, load32_be(at + BLOCK_AT_FLAGS));
	}
	return true;
}

static bool blocks_v2(struct usable *u, struct cells *cells, const uint8_t *list, uint32_t length, uint64_t size)
{
	const uint32_t count = length < 4 ? 0 : load32_be(list);

	uint64_t total = 0;

	if (length < 4 || count != (length - 4) / RUN_BYTES)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = list + 4 + i * RUN_BYTES;
		const uint32_t blocks = load32_be(at);
		const uint64_t start = load64_be(at + RUN_AT_ADDRESS);

		/* No tree has room for what more would say. */
		total += blocks;
		if (total > TREE_MAX / 8)
			return false;
		for (uint32_t j = 0; j < blocks; j++)
			block(u, cells, start + j * size, size, load32_be(at + RUN_AT_FLAGS));
	}
	return true;
}

static bool dynamic_memory(struct usable *u, const void *live, struct cells *cells)
{
	const int node = tree_find(live, DYNAMIC);
	uint64_t size;
	int length;

	if (!tree_number(live, node, "ibm,lmb-size", &size) || size == 0)
		return false;
	const uint8_t *list = fdt_getprop(live, node, "ibm,dynamic-memory-v2", &length);
	if (list)
		return blocks_v2(u, cells, list, (uint32_t)length, size);
	list = fdt_getprop(live, node, "ibm,dynamic-memory", &length);
	return list && blocks_v1(u, cells, list, (uint32_t)length, size);
}

struct reserving {
	void *fdt;
	struct failure *f;
};

static bool reserve(void *context, struct range r)
{
	const struct reserving *reserving = context;

	return tree_reserve(reserving->fdt, r, reserving->f) == STATUS_OK;
}

static enum status no_room(struct failure *f)
{
	fail(f, STATUS_BAD_LIVE_VALUE, "the device tree with the capture kernel's memory is larger than the bundle has room for",
	     "raise limits.deviceTree in the profile and build the bundle again");
	failure_detail(f, DETAIL_TREE_ROOM);
	return STATUS_BAD_LIVE_VALUE;
}

enum status ppc64le_device_tree(const struct machine *m, void *fdt, struct failure *f)
{
	static struct usable u;
	struct reserving reserving = { fdt, f };
	void *place;

	u.reg_cells = tree_cells(fdt);
	if (u.reg_cells.address != 2 || u.reg_cells.size != 2)
		return damaged(f, DETAIL_TREE_CELLS,
			       "the device tree's addresses and sizes are not of two cells each, as those of POWER machines");
	u.crash = m->iomem.crash[0];
	u.low = (struct range){ 0, u.crash.end };
	u.firmware.count = 0;
	u.listed = 0;
	if (!ppc64le_firmware_each(m->tree.bytes, add_beyond, &u))
		return fail(f, STATUS_TOO_MANY_RANGES, "the device tree has more firmware than the loader holds", NULL);
	for (int node = tree_next_memory(fdt, -1); node >= 0; node = tree_next_memory(fdt, node)) {
		struct cells cells = { NULL, 0 };

		memory_node(&u, fdt, node, &cells);
		if (fdt_setprop_placeholder(fdt, node, "linux,usable-memory", cells.bytes, &place) != 0)
			return no_room(f);
		cells = (struct cells){ place, 0 };
		memory_node(&u, fdt, node, &cells);
	}
	const int dynamic = tree_find(fdt, DYNAMIC);
	if (dynamic >= 0) {
		struct cells cells = { NULL, 0 };

		if (!dynamic_memory(&u, m->tree.bytes, &cells))
			return damaged(f, DETAIL_TREE_MEMORY, "the device tree's list of dynamic memory is malformed");
		if (fdt_setprop_placeholder(fdt, dynamic, "linux,drconf-usable-memory", cells.bytes, &place) != 0)
			return no_room(f);
		cells = (struct cells){ place, 0 };
		dynamic_memory(&u, m->tree.bytes, &cells);
	}
	/* Else the capture kernel would know of no memory where it lies. */
	if (u.listed < range_size(u.crash))
		return damaged(f, DETAIL_TREE_MEMORY, "the device tree does not list the memory of the crash region");
	/* tree_reserve() has said why. */
	return ppc64le_firmware_each(m->tree.bytes, reserve, &reserving) ? STATUS_OK : f->status;
}
