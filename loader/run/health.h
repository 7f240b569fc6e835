/* SPDX-License-Identifier: Apache-2.0 */
/* Armed is not enough: would a dump arrive? What the probes of a seal find, target by target. */
#ifndef HEALTH_H
#define HEALTH_H

#include "machine/probe.h"

struct health {
	uint32_t count; /* of targets; 0: the seal says nothing of them */
	/* Of all probes of one target the worst answer. */
	struct probe_result targets[SEAL_TARGETS_MAX];
	/* The first target that a dump would reach, from 1; 0: none. */
	uint32_t first;
	/* Something that this depends on cannot be seen. */
	bool unsure;
};

void health_look(const struct seal *seal, struct reader *reader, struct health *health);

#endif
