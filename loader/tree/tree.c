/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/tree.h"

#include <libfdt.h>
#include <string.h>

#include "byteorder.h"
#include "memory.h"

enum {
	HEADER_BYTES = 40,
	AT_TOTAL_SIZE = 4,
	AT_STRUCTURE = 8,
	AT_STRINGS = 12,
	AT_RESERVATIONS = 16,
	AT_VERSION = 20,
	AT_COMPATIBLE = 24,
	AT_STRINGS_SIZE = 32,
	AT_STRUCTURE_SIZE = 36,
	/* The one since 2005; later ones must say that they can be read as this. */
	VERSION = 17,
	/* Linux makes it of Open Firmware's tree (arch/powerpc/kernel/prom_init.c): without the structure's size. */
	OLD_VERSION = 16,
	RESERVATION_BYTES = 16,
};

static uint32_t field(const uint8_t *tree, unsigned int at)
{
	return load32_be(tree + at);
}

/* Bytes up to the NUL; -1 when there is none. */
static int64_t text_length(const uint8_t *s, size_t room)
{
	for (size_t i = 0; i < room; i++)
		if (s[i] == 0)
			return (int64_t)i;
	return -1;
}

static bool structure_ok(const uint8_t *p, size_t size, const uint8_t *strings, size_t strings_size)
{
	unsigned int depth = 0;
	bool root = false;
	/* A node's properties come before the nodes in it. */
	bool properties = false;

	for (size_t at = 0; size - at >= 4;) {
		const uint32_t token = load32_be(p + at);
		size_t length;

		at += 4;
		switch (token) {
		case FDT_NOP:
			continue;
		case FDT_END:
			return root && depth == 0;
		case FDT_END_NODE:
			if (depth == 0)
				return false;
			depth--;
			properties = false;
			continue;
		case FDT_BEGIN_NODE: {
			const int64_t name = text_length(p + at, size - at);

			/* One root; every other node has a name that a path can hold. */
			if (name < 0 || depth == TREE_DEPTH_MAX ||
			    (depth == 0 ? root : name == 0 || memchr(p + at, '/', (size_t)name)))
				return false;
			length = (size_t)name + 1;
			root = true;
			depth++;
			properties = true;
			break;
		}
		case FDT_PROP: {
			if (!properties || size - at < 8)
				return false;
			length = load32_be(p + at);
			const uint32_t name = load32_be(p + at + 4);

			at += 8;
			if (name >= strings_size)
				return false;
			/* Without a limit, many properties that share one long name would take minutes. */
			const size_t room = strings_size - name;

			if (text_length(strings + name, room < TREE_NAME_MAX ? room : TREE_NAME_MAX) <= 0)
				return false;
			break;
		}
		default:
			return false;
		}
		if (length > size - at || ((length + 3) & ~(size_t)3) > size - at)
			return false;
		at += (length + 3) & ~(size_t)3;
	}
	return false;
}

void tree_complete(uint8_t *t)
{
	const uint32_t structure = field(t, AT_STRUCTURE), strings = field(t, AT_STRINGS);

	if (field(t, AT_VERSION) != OLD_VERSION)
		return;
	/* Up to the strings, or to the end of the tree; if it wraps around, tree_check() says so. */
	store32_be(t + AT_STRUCTURE_SIZE,
		   (strings > structure ? strings : field(t, AT_TOTAL_SIZE)) - structure);
	store32_be(t + AT_VERSION, VERSION);
}

enum detail tree_check(const uint8_t *t, size_t size)
{
	if (size < HEADER_BYTES || field(t, 0) != FDT_MAGIC)
		return DETAIL_TREE_HEADER;
	const uint32_t total = field(t, AT_TOTAL_SIZE);
	const uint32_t structure = field(t, AT_STRUCTURE), strings = field(t, AT_STRINGS);
	const uint32_t reservations = field(t, AT_RESERVATIONS);

	if (total < HEADER_BYTES || total > size || field(t, AT_VERSION) < VERSION ||
	    field(t, AT_COMPATIBLE) > VERSION || structure % 4 != 0 || reservations % 8 != 0 ||
	    structure < HEADER_BYTES || strings < HEADER_BYTES || reservations < HEADER_BYTES ||
	    !lies_within(structure, field(t, AT_STRUCTURE_SIZE), total) ||
	    !lies_within(strings, field(t, AT_STRINGS_SIZE), total))
		return DETAIL_TREE_HEADER;
	for (uint64_t at = reservations;; at += RESERVATION_BYTES) {
		if (!lies_within(at, RESERVATION_BYTES, total))
			return DETAIL_TREE_HEADER;
		if (load64_be(t + at + 8) == 0)
			break;
	}
	return structure_ok(t + structure, field(t, AT_STRUCTURE_SIZE), t + strings,
			    field(t, AT_STRINGS_SIZE)) ?
		       DETAIL_NONE :
		       DETAIL_TREE_STRUCTURE;
}

/* The node; with `make` also one that was not there. Else libfdt's negative number. */
static int walk(const void *fdt, const char *path, void *make)
{
	int node = 0;

	while (*path == '/') {
		int length = 0;

		path++;
		while (path[length] != '/' && path[length] != '\0')
			length++;
		int next = fdt_subnode_offset_namelen(fdt, node, path, length);
		if (next == -FDT_ERR_NOTFOUND && make)
			next = fdt_add_subnode_namelen(make, node, path, length);
		if (next < 0)
			return next;
		node = next;
		path += length;
	}
	return node;
}

int tree_find(const void *fdt, const char *path)
{
	return walk(fdt, path, NULL);
}

int tree_next_memory(const void *fdt, int node)
{
	static const char memory[] = "memory";

	node = node < 0 ? fdt_first_subnode(fdt, 0) : fdt_next_subnode(fdt, node);
	for (; node >= 0; node = fdt_next_subnode(fdt, node)) {
		int size;
		const void *type = fdt_getprop(fdt, node, "device_type", &size);

		if (type && size == sizeof(memory) && mem_equal(type, memory, sizeof(memory)))
			return node;
	}
	return -1;
}

bool tree_number(const void *fdt, int node, const char *name, uint64_t *value)
{
	int size;
	const uint8_t *p = fdt_getprop(fdt, node, name, &size);

	if (!p || (size != 4 && size != 8))
		return false;
	*value = size == 4 ? load32_be(p) : load64_be(p);
	return true;
}

struct tree_cells tree_cells(const void *fdt)
{
	/* What the specification has for a root that does not say. */
	struct tree_cells cells = { 2, 1 };

	tree_number(fdt, 0, "#address-cells", &cells.address);
	tree_number(fdt, 0, "#size-cells", &cells.size);
	return cells.address - 1 < 2 && cells.size - 1 < 2 ? cells : (struct tree_cells){ 0, 0 };
}

static uint64_t load_cells(const uint8_t **p, uint64_t cells)
{
	const uint64_t value = cells == 1 ? load32_be(*p) : load64_be(*p);

	*p += 4 * cells;
	return value;
}

struct tree_regs tree_regs(const void *fdt, int node, struct tree_cells cells)
{
	int size;
	const uint8_t *const reg = fdt_getprop(fdt, node, "reg", &size);
	const uint64_t entry = 4 * (cells.address + cells.size);

	return (struct tree_regs){ reg, reg && entry > 0 ? (uint64_t)size / entry : 0, cells };
}

bool tree_next_reg(struct tree_regs *regs, struct range *r)
{
	if (regs->left == 0)
		return false;
	regs->left--;
	r->start = load_cells(&regs->at, regs->cells.address);
	r->end = r->start + load_cells(&regs->at, regs->cells.size);
	return r->end >= r->start;
}

static enum status refuse(struct failure *f, enum detail detail, const char *why, const char *hint)
{
	fail(f, STATUS_BAD_LIVE_VALUE, why, hint);
	failure_detail(f, detail);
	return STATUS_BAD_LIVE_VALUE;
}

static enum status no_room(struct failure *f)
{
	return refuse(f, DETAIL_TREE_ROOM, "the machine's device tree does not fit the room in the bundle",
		      "raise limits.deviceTree in the profile and build the bundle again");
}

/* What libfdt says of an edit. */
static enum status edited(int error, struct failure *f)
{
	return error >= 0 ? STATUS_OK : no_room(f);
}

static size_t put_block(uint8_t *buf, size_t at, unsigned int field_at, const uint8_t *from, size_t size)
{
	store32_be(buf + field_at, (uint32_t)at);
	mem_copy(buf + at, from, size);
	return at + size;
}

enum status tree_open(uint8_t *buf, size_t size, const uint8_t *tree, struct failure *f)
{
	const size_t structure = field(tree, AT_STRUCTURE_SIZE), strings = field(tree, AT_STRINGS_SIZE);
	const size_t reservations = ((size_t)fdt_num_mem_rsv(tree) + 1) * RESERVATION_BYTES;

	/* No overflow: each is part of a tree that was read. */
	if (HEADER_BYTES + reservations + structure + strings > size)
		return no_room(f);
	mem_copy(buf, tree, HEADER_BYTES);
	store32_be(buf + AT_TOTAL_SIZE, (uint32_t)size);
	store32_be(buf + AT_VERSION, VERSION);
	/* In libfdt's order, without what may be between the blocks. */
	size_t at = put_block(buf, HEADER_BYTES, AT_RESERVATIONS, tree + field(tree, AT_RESERVATIONS),
			      reservations);
	at = put_block(buf, at, AT_STRUCTURE, tree + field(tree, AT_STRUCTURE), structure);
	put_block(buf, at, AT_STRINGS, tree + field(tree, AT_STRINGS), strings);
	return STATUS_OK;
}

void tree_close(uint8_t *buf, size_t size)
{
	const uint32_t used = field(buf, AT_STRINGS) + field(buf, AT_STRINGS_SIZE);

	store32_be(buf + AT_TOTAL_SIZE, used);
	mem_set(buf + used, 0, size - used);
}

enum status tree_set(void *fdt, const char *path, const char *name, const void *value, size_t size,
		     struct failure *f)
{
	const int node = walk(fdt, path, fdt);

	return edited(node < 0 ? node : fdt_setprop(fdt, node, name, value, (int)size), f);
}

static bool store_cells(uint8_t *p, uint64_t cells, uint64_t value)
{
	if (cells == 1)
		store32_be(p, (uint32_t)value);
	else
		store64_be(p, value);
	return cells == 2 || value <= UINT32_MAX;
}

enum status tree_set_ranges(void *fdt, const char *path, const char *name, const struct range *r,
			    unsigned int count, struct failure *f)
{
	const struct tree_cells cells = tree_cells(fdt);
	bool fit = cells.address > 0;
	uint64_t filled = 0;
	void *place;

	for (unsigned int i = 0; i < count; i++)
		filled += r[i].start != r[i].end;
	const uint64_t entry = 4 * (cells.address + cells.size);
	int error = fit ? walk(fdt, path, fdt) : 0;

	if (fit && error >= 0)
		error = fdt_setprop_placeholder(fdt, error, name, (int)(filled * entry), &place);
	if (fit && error < 0)
		return edited(error, f);
	uint8_t *p = place;

	for (unsigned int i = 0; fit && i < count; i++) {
		if (r[i].start == r[i].end)
			continue;
		fit = store_cells(p, cells.address, r[i].start) &&
		      store_cells(p + 4 * cells.address, cells.size, range_size(r[i]));
		p += entry;
	}
	if (fit)
		return STATUS_OK;
	return refuse(f, DETAIL_TREE_CELLS,
		      "the cells of the device tree's root do not hold the addresses of the crash region",
		      "please report this: the machine's tree is of a kind that was not known");
}

enum status tree_delete(void *fdt, const char *path, const char *name, struct failure *f)
{
	const int node = walk(fdt, path, NULL);
	const int error = node < 0 ? node : fdt_delprop(fdt, node, name);

	return error == -FDT_ERR_NOTFOUND ? STATUS_OK : edited(error, f);
}

enum status tree_reserve(void *fdt, struct range r, struct failure *f)
{
	return r.start == r.end ? STATUS_OK : edited(fdt_add_mem_rsv(fdt, r.start, range_size(r)), f);
}

enum status tree_unreserve(void *fdt, struct range r, struct failure *f)
{
	int error = 0;

	for (int i = fdt_num_mem_rsv(fdt) - 1; i >= 0 && error >= 0; i--) {
		uint64_t start, size;

		fdt_get_mem_rsv(fdt, i, &start, &size);
		if (start == r.start && size == range_size(r))
			error = fdt_del_mem_rsv(fdt, i);
	}
	return edited(error, f);
}
