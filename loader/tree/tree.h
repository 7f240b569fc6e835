/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flat device trees (Devicetree Specification v0.4, chapter 5): what the running kernel has is checked
 * whole, copied, and edited by libfdt, which may rely on that. Pure; trees are big-endian everywhere.
 *
 * A `node` is libfdt's: an offset, good until the next edit. Paths are "/chosen" or "" for the root.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/range.h"


/*
 * Header, blocks, every token to the end, names and lengths: all inside of `size` bytes at an address that is a
 * multiple of 8. docs/format.md, "Device tree".
 * After: DETAIL_NONE, DETAIL_TREE_HEADER or DETAIL_TREE_STRUCTURE.
 */
enum detail tree_check(const uint8_t *bytes, size_t size);

/* Gives what may be a tree of version 16 the size that it does not tell, and with it version 17. Before: a header's bytes. */
void tree_complete(uint8_t *tree);

/* --- Reading: `fdt` passed tree_check(). --- */

/* The node, or a negative number. A name without its "@address" finds the first that has one. */
int tree_find(const void *fdt, const char *path);
/* Nodes below the root whose device_type is "memory": -1 first, then what it gave; negative at the end. */
int tree_next_memory(const void *fdt, int node);
/* Cells of 32 bits that an address and a size take below the root: 1 or 2 each, or zeros when they are others. */
struct tree_cells {
	uint64_t address, size;
};
struct tree_cells tree_cells(const void *fdt);

/* What is left of "reg" of a node below the root. Cells and property are looked up once, however many there are. */
struct tree_regs {
	const uint8_t *at;
	uint64_t left;
	struct tree_cells cells;
};
/* Without any when the node has no "reg", or the cells are zeros. */
struct tree_regs tree_regs(const void *fdt, int node, struct tree_cells cells);
/* The next one; false at the end, or at one that goes beyond 2^64. */
bool tree_next_reg(struct tree_regs *regs, struct range *r);
/* A property of 4 or 8 bytes. */
bool tree_number(const void *fdt, int node, const char *name, uint64_t *value);

/* --- Editing: `fdt` is open, between tree_open() and tree_close(). STATUS_OK or STATUS_BAD_LIVE_VALUE. --- */

/* Copies a tree that passed tree_check() to `buf`, a multiple of 8, with room to grow to `size` bytes. */
enum status tree_open(uint8_t *buf, size_t size, const uint8_t *tree, struct failure *f);
/* Takes the room back, which becomes zeros. */
void tree_close(uint8_t *buf, size_t size);

/* Nodes that are not there are made. */
enum status tree_set(void *fdt, const char *path, const char *name, const void *value, size_t size,
		     struct failure *f);
/* In cells of the root; empty ranges are left out. */
enum status tree_set_ranges(void *fdt, const char *path, const char *name, const struct range *r,
			    unsigned int count, struct failure *f);
/* What is not there is gone already. */
enum status tree_delete(void *fdt, const char *path, const char *name, struct failure *f);
/* A memory reservation; none for an empty range. */
enum status tree_reserve(void *fdt, struct range r, struct failure *f);
/* Takes back every reservation of just that range. */
enum status tree_unreserve(void *fdt, struct range r, struct failure *f);

#endif
