/* SPDX-License-Identifier: Apache-2.0 */
#include "run/health.h"

#include "memory.h"

/* A known fault is worse than what cannot be seen. */
static unsigned int rank(enum probe_answer answer)
{
	return probe_hinders(answer) ? 2 : answer == PROBE_ANSWER_UNKNOWN ? 1 : 0;
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
		if (rank(result.answer) > rank(worst->answer) ||
		    (worst->answer == PROBE_ANSWER_GOOD && worst->device[0] == '\0'))
			*worst = result;
	}
	for (uint32_t i = health->count; i > 0; i--) {
		const unsigned int found = rank(health->targets[i - 1].answer);

		if (found == 2)
			continue;
		health->first = i;
		health->unsure = found == 1;
	}
}
