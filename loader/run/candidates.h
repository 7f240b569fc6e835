/* SPDX-License-Identifier: Apache-2.0 */
/* Several bundles, of which the best is armed: the highest epoch first, then in the order given. */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "base/failure.h"

#define CANDIDATES_MAX 64u
#define CANDIDATE_ENDING ".crashseal"

struct candidate {
	char path[512];
	uint64_t epoch;
	struct failure failure; /* why it was refused */
};

struct candidates {
	uint32_t count;
	/* The one that the run's result is of. */
	const struct candidate *chosen;
	struct candidate item[CANDIDATES_MAX];
};

/* Files as they are, of folders every *.crashseal by name. STATUS_OK, NO_FILE or USAGE. */
enum status candidates_list(struct candidates *candidates, char *const *paths, uint32_t count,
			    struct failure *f);

#endif
