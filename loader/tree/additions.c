/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/additions.h"

#include <libfdt.h>
#include <string.h>

#include "byteorder.h"
#include "tree/tree.h"

/* Of a range in "ranges" and "reserve": address and size. */
#define PAIR_BYTES 16u
#define PAGE 4096u

/* What is to be done: the names of the first level. */
enum deed { SET, TEXT, RANGES, DELETE, RESERVE, DEEDS };
static const char deeds[DEEDS][8] = { "set", "text", "ranges", "delete", "reserve" };

struct addition {
	enum deed deed;
	const char *path; /* of a node in the machine's tree */
	const char *name;
	const uint8_t *value;
	unsigned int size;
};

/* libfdt has the whole path: "/set/chosen". */
static bool split(const char *path, struct addition *a)
{
	for (unsigned int i = 0; i < DEEDS; i++) {
		a->path = path + 1 + str_length(deeds[i]);
		a->deed = (enum deed)i;
		if (str_starts(path + 1, deeds[i]) && (*a->path == '/' || *a->path == '\0'))
			return true;
	}
	return false;
}

/* Calls back for each, in their order. False when there is what is no addition, or the callback says so. */
static bool each(const void *additions, bool (*take)(void *context, const struct addition *a), void *context)
{
	int depth = 0, named;

	fdt_get_name(additions, 0, &named);
	if (named != 0 || fdt_first_property_offset(additions, 0) >= 0)
		return false;
	for (int node = fdt_next_node(additions, 0, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(additions, node, &depth)) {
		char path[TREE_PATH_MAX];
		struct addition a;

		if (fdt_get_path(additions, node, path, sizeof(path)) < 0 || !split(path, &a))
			return false;
		for (int p = fdt_first_property_offset(additions, node); p >= 0;
		     p = fdt_next_property_offset(additions, p)) {
			int size;

			a.value = fdt_getprop_by_offset(additions, p, &a.name, &size);
			a.size = (unsigned int)size;
			if (!take(context, &a))
				return false;
		}
	}
	return true;
}

static bool form_ok(void *context, const struct addition *a)
{
	(void)context;
	switch (a->deed) {
	case TEXT:
		return strnlen((const char *)a->value, a->size) < a->size;
	case RANGES:
	case RESERVE:
		return a->size % PAIR_BYTES == 0 && a->size / PAIR_BYTES <= TREE_RANGES_MAX;
	case DELETE:
		return a->size == 0;
	default:
		return true;
	}
}

bool additions_ok(const uint8_t *bytes, size_t size)
{
	return tree_check(bytes, size) == DETAIL_NONE && each(bytes, form_ok, NULL);
}

struct applying {
	void *fdt;
	struct failure *f;
	enum status status;
};

static bool apply(void *context, const struct addition *a)
{
	struct applying *to = context;
	struct range r[TREE_RANGES_MAX];
	const unsigned int count = a->size / PAIR_BYTES;
	unsigned int size = a->size;

	if (a->deed == RANGES || a->deed == RESERVE) {
		for (unsigned int i = 0; i < count; i++) {
			const uint8_t *p = a->value + i * PAIR_BYTES;

			r[i].start = load64_be(p);
			r[i].end = r[i].start + load64_be(p + 8);
		}
	}
	switch (a->deed) {
	case RANGES:
		to->status = tree_set_ranges(to->fdt, a->path, a->name, r, count, to->f);
		break;
	case RESERVE:
		for (unsigned int i = 0; i < count && to->status == STATUS_OK; i++)
			to->status = tree_reserve(to->fdt, r[i], to->f);
		break;
	case DELETE:
		to->status = tree_delete(to->fdt, a->path, a->name, to->f);
		break;
	default:
		if (a->deed == TEXT)
			size = (unsigned int)strnlen((const char *)a->value, size - 1) + 1;
		to->status = tree_set(to->fdt, a->path, a->name, a->value, size, to->f);
		break;
	}
	return to->status == STATUS_OK;
}

/*
 * What the boot loader reserved for the running kernel alone: its initramfs, as it is or in whole pages.
 * Where its tree was, the kernel tells nobody.
 */
static enum status forget_initramfs(void *fdt, struct failure *f)
{
	const int chosen = tree_find(fdt, "/chosen");
	struct range r;
	enum status status;

	if (!tree_number(fdt, chosen, "linux,initrd-start", &r.start) ||
	    !tree_number(fdt, chosen, "linux,initrd-end", &r.end) || r.end > UINT64_MAX - PAGE)
		return STATUS_OK;
	status = tree_unreserve(fdt, r, f);
	r = (struct range){ r.start & ~(uint64_t)(PAGE - 1), (r.end + PAGE - 1) & ~(uint64_t)(PAGE - 1) };
	return status == STATUS_OK ? tree_unreserve(fdt, r, f) : status;
}

enum status additions_apply(void *fdt, const void *additions, struct failure *f)
{
	struct applying to = { fdt, f, forget_initramfs(fdt, f) };

	if (to.status == STATUS_OK)
		each(additions, apply, &to);
	return to.status;
}
