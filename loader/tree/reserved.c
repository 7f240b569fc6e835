/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/reserved.h"

#include <libfdt.h>

#include "memory.h"
#include "tree/tree.h"

/* Devicetree Specification v0.4, 2.3.4; "ok" is what old trees have. */
static bool is_disabled(const void *fdt, int node)
{
	static const char okay[] = "okay", ok[] = "ok";
	int size;
	const char *status = fdt_getprop(fdt, node, "status", &size);

	return status && !(size == sizeof(okay) && mem_equal(status, okay, sizeof(okay))) &&
	       !(size == sizeof(ok) && mem_equal(status, ok, sizeof(ok)));
}

bool tree_each_reserved(const void *fdt, bool (*each)(void *context, struct range r, int node), void *context)
{
	struct range r;

	for (int i = fdt_num_mem_rsv(fdt) - 1; i >= 0; i--) {
		uint64_t size;

		fdt_get_mem_rsv(fdt, i, &r.start, &size);
		r.end = r.start + size;
		if (r.end > r.start && !each(context, r, -1))
			return false;
	}
	const int parent = tree_find(fdt, "/reserved-memory");

	if (parent < 0)
		return true;
	const struct tree_cells cells = tree_cells(fdt);

	for (int node = fdt_first_subnode(fdt, parent); node >= 0; node = fdt_next_subnode(fdt, node)) {
		if (is_disabled(fdt, node))
			continue;
		for (struct tree_regs regs = tree_regs(fdt, node, cells); tree_next_reg(&regs, &r);)
			if (!each(context, r, node))
				return false;
	}
	return true;
}
