/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device trees as the loader makes them, from files:
 *     tree check TREE                    each line of standard input, "OFFSET BYTE ...", changes a copy: its detail
 *     tree additions ADDITIONS           likewise: 1 for good additions
 *     tree reserved TREE                 the number of its reserved ranges
 *     tree make TREE ADDITIONS SIZE OUT  the tree with the additions, of at most SIZE bytes, to OUT; or its detail
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree/additions.h"
#include "tree/reserved.h"
#include "tree/tree.h"

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input read_input(const char *path)
{
	struct input in = { aligned_alloc(8, TREE_MAX), 0 };
	FILE *const file = fopen(path, "rb");

	if (!in.bytes || !file)
		exit(2);
	in.size = fread(in.bytes, 1, TREE_MAX, file);
	fclose(file);
	return in;
}

/* Just as many bytes as there are, so that a reader that goes on is seen. */
static uint8_t *copy_of(struct input in)
{
	uint8_t *const bytes = malloc(in.size + (in.size == 0));

	if (!bytes)
		exit(2);
	memcpy(bytes, in.bytes, in.size);
	return bytes;
}

static int change(const char *path, int additions)
{
	const struct input in = read_input(path);
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		struct input changed = { copy_of(in), in.size };
		char *at = line, *end;

		for (unsigned long offset = strtoul(at, &end, 10); end != at; offset = strtoul(at, &end, 10)) {
			at = end;
			changed.bytes[offset] = (uint8_t)strtoul(at, &at, 10);
		}
		if (additions)
			printf("%d\n", additions_ok(changed.bytes, changed.size));
		else
			puts(detail_name(tree_check(changed.bytes, changed.size)));
		free(changed.bytes);
	}
	free(in.bytes);
	return 0;
}

static bool count_range(void *context, struct range r, int node)
{
	(void)r;
	(void)node;
	++*(unsigned long *)context;
	return true;
}

static int reserved(const char *path)
{
	const struct input in = read_input(path);
	const enum detail detail = tree_check(in.bytes, in.size);
	unsigned long count = 0;

	if (detail == DETAIL_NONE && tree_each_reserved(in.bytes, count_range, &count))
		printf("%lu\n", count);
	else
		puts(detail_name(detail));
	free(in.bytes);
	return 0;
}

static int make(char **args)
{
	const struct input tree = read_input(args[0]), additions = read_input(args[1]);
	const size_t size = strtoul(args[2], NULL, 0);
	static struct failure failure;
	uint8_t *const out = aligned_alloc(8, size);
	FILE *const file = fopen(args[3], "wb");

	if (!out || !file)
		return 2;
	enum detail detail = tree_check(tree.bytes, tree.size);
	if (detail == DETAIL_NONE && !additions_ok(additions.bytes, additions.size))
		detail = DETAIL_TREE_FORM;
	if (detail == DETAIL_NONE &&
	    (tree_open(out, size, tree.bytes, &failure) != STATUS_OK ||
	     additions_apply(out, additions.bytes, &failure) != STATUS_OK))
		detail = failure.detail;
	puts(detail_name(detail));
	if (detail == DETAIL_NONE) {
		tree_close(out, size);
		if (tree_check(out, size) != DETAIL_NONE)
			abort();
		fwrite(out, 1, size, file);
	}
	fclose(file);
	free(out);
	free(tree.bytes);
	free(additions.bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return change(argv[2], 0);
	if (argc == 3 && strcmp(argv[1], "additions") == 0)
		return change(argv[2], 1);
	if (argc == 3 && strcmp(argv[1], "reserved") == 0)
		return reserved(argv[2]);
	return argc == 6 && strcmp(argv[1], "make") == 0 ? make(argv + 2) : 2;
}
