/* SPDX-License-Identifier: Apache-2.0 */
/* Half-open ranges of physical memory, and lists of them with a fixed room. */
#ifndef LOADER_RANGE_H
#define LOADER_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * As many ranges of one kind as a machine may have here: the 4096 that a bundle may have room for, and
 * the crash regions and apertures that are taken out of them.
 */
#define RANGES_MAX (4096u + 16)

struct range {
	uint64_t start;
	uint64_t end;
};

struct ranges {
	uint32_t count;
	struct range items[RANGES_MAX];
};

static inline uint64_t range_size(struct range r)
{
	return r.end - r.start;
}

static inline bool range_overlaps(struct range a, struct range b)
{
	return a.start < b.end && b.start < a.end;
}

static inline bool range_covers(struct range outer, struct range inner)
{
	return outer.start <= inner.start && inner.end <= outer.end;
}

/* Empty when they do not overlap. */
static inline struct range range_common(struct range a, struct range b)
{
	const uint64_t start = a.start > b.start ? a.start : b.start;
	const uint64_t end = a.end < b.end ? a.end : b.end;

	return (struct range){ start, end > start ? end : start };
}

/* Is all of `size` bytes from `offset` on inside the first `whole`? */
static inline bool lies_within(uint64_t offset, uint64_t size, uint64_t whole)
{
	return size <= whole && offset <= whole - size;
}

/*
 * Append a range that starts no lower than the last one's start; one that touches or overlaps the
 * last one is merged with it. False when there is no room or the order is wrong.
 */
bool ranges_append(struct ranges *list, struct range r);

/* Put a range in by its start, whatever it overlaps. False when there is no room, or it ends before it starts. */
bool ranges_add(struct ranges *list, struct range r);

/* Take `cut` out of every range. False when a split finds no room. */
bool ranges_subtract(struct ranges *list, struct range cut);

uint64_t ranges_total(const struct ranges *list);

#endif
