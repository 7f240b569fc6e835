/* SPDX-License-Identifier: Apache-2.0 */
#include "run/choose.h"

#include "run/arm.h"

/* Signature, seal and identity of each, which is what its epoch is believed after. */
static void judge_all(struct attempt *a, struct candidates *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		struct candidate *const it = &c->item[i];

		a->path = it->path;
		if (attempt_walk(a, STEPS_HEAD | STEPS_IDENTITY) == STATUS_OK)
			it->epoch = a->seal.header.epoch;
		it->failure = a->failure;
	}
}

/* Of those that nothing speaks against yet; NULL when there is none. */
static struct candidate *best_of(struct candidates *c)
{
	struct candidate *best = NULL;

	for (uint32_t i = 0; i < c->count; i++) {
		struct candidate *const it = &c->item[i];

		if (it->failure.status == STATUS_OK && (!best || it->epoch > best->epoch))
			best = it;
	}
	return best;
}

enum status choose_and_arm(struct attempt *a, struct candidates *c)
{
	struct candidate *first = NULL, *best;

	/* Of one alone, nothing need be known to choose it. */
	if (c->count > 1)
		judge_all(a, c);
	while ((best = best_of(c))) {
		if (!first)
			first = best;
		c->chosen = best;
		a->path = best->path;
		const enum status status = arm_one(a);
		best->failure = a->failure;
		/* After a call that failed, nothing more is tried but what worked before. */
		if (status == STATUS_OK || a->called)
			return status;
	}
	/* The result is the reason of the one that would have been best; the walk stopped at another. */
	if (!first)
		first = &c->item[0];
	c->chosen = first;
	a->path = first->path;
	a->failure = first->failure;
	if (c->count > 1)
		a->report.depth = REPORT_NOTHING;
	return a->failure.status;
}
