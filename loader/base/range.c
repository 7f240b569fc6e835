/* SPDX-License-Identifier: Apache-2.0 */
#include "base/range.h"

bool ranges_append(struct ranges *list, struct range r)
{
	if (r.start >= r.end)
		return r.start == r.end;
	if (list->count > 0) {
		struct range *last = &list->items[list->count - 1];
		if (r.start < last->start)
			return false;
		if (r.start <= last->end) {
			if (r.end > last->end)
				last->end = r.end;
			return true;
		}
	}
	if (list->count == RANGES_MAX)
		return false;
	list->items[list->count++] = r;
	return true;
}

bool ranges_add(struct ranges *list, struct range r)
{
	uint32_t i = list->count;

	if (r.start >= r.end)
		return r.start == r.end;
	if (i == RANGES_MAX)
		return false;
	for (; i > 0 && list->items[i - 1].start > r.start; i--)
		list->items[i] = list->items[i - 1];
	list->items[i] = r;
	list->count++;
	return true;
}

bool ranges_subtract(struct ranges *list, struct range cut)
{
	if (cut.start >= cut.end)
		return true;
	for (uint32_t i = 0; i < list->count; i++) {
		struct range *r = &list->items[i];
		if (!range_overlaps(*r, cut))
			continue;
		if (r->start < cut.start && cut.end < r->end) {
			if (list->count == RANGES_MAX)
				return false;
			for (uint32_t j = list->count; j > i + 1; j--)
				list->items[j] = list->items[j - 1];
			list->items[i + 1] = (struct range){ cut.end, r->end };
			list->count++;
			r->end = cut.start;
			return true;
		}
		if (r->start < cut.start) {
			r->end = cut.start;
		} else if (cut.end < r->end) {
			r->start = cut.end;
		} else {
			list->count--;
			for (uint32_t j = i; j < list->count; j++)
				list->items[j] = list->items[j + 1];
			i--;
		}
	}
	return true;
}

uint64_t ranges_total(const struct ranges *list)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < list->count; i++)
		total += range_size(list->items[i]);
	return total;
}
