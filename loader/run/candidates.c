/* SPDX-License-Identifier: Apache-2.0 */
#include "run/candidates.h"

#include "memory.h"

static bool name_before(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a < (uint8_t)*b;
}

static bool stands_before(const struct candidate *a, const struct candidate *b)
{
	return a->argument != b->argument ? a->argument < b->argument : name_before(a->path, b->path);
}

static unsigned int worth(const struct candidate *c)
{
	return c->failure.status == STATUS_OK ? 2 : c->named ? 1 : 0;
}

/* Of equal ones the later is. */
static bool is_worth_less(const struct candidate *a, const struct candidate *b)
{
	if (worth(a) != worth(b))
		return worth(a) < worth(b);
	return a->epoch != b->epoch ? a->epoch < b->epoch : stands_before(b, a);
}

/* A place to write to, whose right neighbours have moved. */
static struct candidate *make_room(struct candidates *c, uint32_t at)
{
	mem_move(&c->item[at + 1], &c->item[at], (c->count - at) * sizeof(c->item[0]));
	c->count++;
	return &c->item[at];
}

static void take_out(struct candidates *c, uint32_t at)
{
	c->count--;
	mem_move(&c->item[at], &c->item[at + 1], (c->count - at) * sizeof(c->item[0]));
}

void candidates_add(struct candidates *c, const struct candidate *one)
{
	uint32_t at = 0;

	if (c->count == CANDIDATES_MAX) {
		uint32_t least = 0;

		c->left_out++;
		for (uint32_t i = 1; i < c->count; i++)
			if (is_worth_less(&c->item[i], &c->item[least]))
				least = i;
		if (is_worth_less(one, &c->item[least]))
			return;
		take_out(c, least);
	}
	while (at < c->count && !stands_before(one, &c->item[at]))
		at++;
	mem_copy(make_room(c, at), one, sizeof(*one));
}

bool candidates_is_bundle(const char *name)
{
	static const char ending[] = CANDIDATE_ENDING;
	const size_t length = str_length(name);

	return length >= sizeof(ending) && str_equal(name + length - (sizeof(ending) - 1), ending);
}
