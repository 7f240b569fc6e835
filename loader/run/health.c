/* SPDX-License-Identifier: Apache-2.0 */
#include "run/health.h"

#include "memory.h"

/* A known fault is worse than what cannot be seen, and that than a thing to know. */
enum { RANK_GOOD, RANK_TOLD, RANK_UNKNOWN, RANK_FAULT };

static unsigned int rank(const struct probe_result *result)
{
	if (probe_hinders(result->answer))
		return RANK_FAULT;
	if (result->answer == PROBE_ANSWER_UNKNOWN)
		return RANK_UNKNOWN;
	return result->words[0] != '\0' ? RANK_TOLD : RANK_GOOD;
}

/* Is another one of its group true? */
static bool other_is_true(const struct seal *seal, const struct seal_probe *probe,
			  struct reader *reader)
{
	static struct probe_result result;

	for (uint32_t i = 0; i < seal->header.probe_count; i++) {
		const struct seal_probe *const it = &seal->probes[i];

		if (it->target != probe->target || (it->flags & PROBE_FLAG_ONE_OF) == 0)
			continue;
		probe_look(seal, it, reader, &result);
		if (!probe_hinders(result.answer))
			return true;
	}
	return false;
}

void health_look(const struct seal *seal, struct reader *reader, struct health *health)
{
	static struct probe_result result;

	mem_set(health, 0, sizeof(*health));
	health->count = seal->header.target_count;
	for (uint32_t i = 0; i < seal->header.probe_count; i++) {
		const struct seal_probe *const probe = &seal->probes[i];
		struct probe_result *const worst = &health->targets[probe->target - 1];

		probe_look(seal, probe, reader, &result);
		if ((probe->flags & PROBE_FLAG_ONE_OF) != 0 && probe_hinders(result.answer) &&
		    other_is_true(seal, probe, reader))
			result.answer = PROBE_ANSWER_GOOD;
		if (rank(&result) > rank(worst) ||
		    (rank(worst) == RANK_GOOD && worst->device[0] == '\0'))
			*worst = result;
	}
	for (uint32_t i = health->count; i > 0; i--) {
		const unsigned int found = rank(&health->targets[i - 1]);

		if (found == RANK_FAULT)
			continue;
		health->first = i;
		health->unsure = found == RANK_UNKNOWN;
	}
}
