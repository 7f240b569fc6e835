/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a tree keeps from the kernel, which a capture kernel with a copy of the tree leaves alone as well. */
#ifndef TREE_RESERVED_H
#define TREE_RESERVED_H

#include <stdbool.h>

#include "base/range.h"

/*
 * Calls back for each memory reservation, with `node` -1, and for each range of "reg" of a node in /reserved-memory
 * that is not disabled. Linux, drivers/of/of_reserved_mem.c. Ranges may be empty and may overlap.
 * Before: `fdt` passed tree_check().
 * After: false when the callback said so, which ends the walk.
 */
bool tree_each_reserved(const void *fdt, bool (*each)(void *context, struct range r, int node), void *context);

#endif
