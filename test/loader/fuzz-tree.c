/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are a device tree or are refused, and likewise additions; what is made of two good ones is good.
 * Two bytes of the input say how many are the tree, little-endian.
 */
#include <stdlib.h>
#include <string.h>

#include "tree/additions.h"
#include "tree/reserved.h"
#include "tree/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *copy(const uint8_t *bytes, size_t size)
{
	uint8_t *const own = malloc(size + (size == 0));

	if (!own)
		abort();
	if (size > 0)
		memcpy(own, bytes, size);
	return own;
}

static bool ordered(void *context, struct range r, int node)
{
	(void)context;
	if (r.end < r.start || node < -1)
		abort();
	return true;
}

static void read_all(const void *tree)
{
	struct range r;
	uint64_t value;

	for (int node = tree_next_memory(tree, -1); node >= 0; node = tree_next_memory(tree, node)) {
		struct tree_regs regs = tree_regs(tree, node, tree_cells(tree));

		while (tree_next_reg(&regs, &r))
			if (r.end < r.start)
				abort();
	}
	tree_number(tree, tree_find(tree, "/chosen"), "kaslr-seed", &value);
	tree_each_reserved(tree, ordered, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) uint8_t made[1 << 14];
	static struct failure failure;

	if (size < 2)
		return 0;
	size -= 2;
	size_t first = (size_t)data[0] | (size_t)data[1] << 8;
	if (first > size)
		first = size;
	uint8_t *const tree = copy(data + 2, first), *const additions = copy(data + 2 + first, size - first);
	const bool good = tree_check(tree, first) == DETAIL_NONE;

	if (good)
		read_all(tree);
	if (additions_ok(additions, size - first) && good &&
	    tree_open(made, sizeof(made), tree, &failure) == STATUS_OK) {
		if (additions_apply(made, additions, &failure) == STATUS_OK) {
			tree_close(made, sizeof(made));
			if (tree_check(made, sizeof(made)) != DETAIL_NONE)
				abort();
			read_all(made);
		} else if (failure.detail != DETAIL_TREE_ROOM && failure.detail != DETAIL_TREE_CELLS) {
			abort();
		}
	}
	free(tree);
	free(additions);
	return 0;
}
