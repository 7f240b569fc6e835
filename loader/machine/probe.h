/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a probe asks for is true of this machine now. */
#ifndef PROBE_H
#define PROBE_H

#include "base/reader.h"
#include "bundle/seal.h"
#include "machine/block.h"

#define PROBE_WORDS_BYTES 320u

struct probe_result {
	enum probe_answer answer;
	/* What answers to the name, as in /sys/class; empty when nothing does. */
	char device[BLOCK_NAME_BYTES];
	/* A sentence without its end: `no device has PARTLABEL "crashdump"`. Empty when all is as it must be. */
	char words[PROBE_WORDS_BYTES];
};

/* Would it keep a dump away? What cannot be seen does not count. */
static inline bool probe_hinders(enum probe_answer answer)
{
	return answer != PROBE_ANSWER_GOOD && answer != PROBE_ANSWER_UNKNOWN;
}

void probe_look(const struct seal *seal, const struct seal_probe *probe, struct reader *reader,
		struct probe_result *result);

#endif
