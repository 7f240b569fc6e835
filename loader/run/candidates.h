/* SPDX-License-Identifier: Apache-2.0 */
/* Several bundles, of which the best is armed: which there are, and what was found of each. */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

#define CANDIDATES_MAX 64u
#define CANDIDATE_ENDING ".crashseal"

struct candidate {
	uint32_t argument; /* which of the command line it is, or is in */
	bool named; /* itself, not by its folder */
	bool tried_first; /* of those that nothing spoke against */
	uint64_t epoch;
	struct failure failure; /* why it was refused */
	char path[4096]; /* PATH_MAX */
};

struct candidates {
	uint32_t count;
	/* Those that found no room here: of folders first, and refused ones before good ones. */
	uint32_t left_out;
	/* The one that the run's result is of. */
	const struct candidate *chosen;
	/* By argument, then by name. */
	struct candidate item[CANDIDATES_MAX];
};

/*
 * Puts one in its place. Where there is no room, the one that is least worth having is left out: a
 * refused one of a folder, a refused one that was named, a good one of the lowest epoch.
 */
void candidates_add(struct candidates *candidates, const struct candidate *one);

/* Is it the name of a bundle, in a folder of bundles? */
bool candidates_is_bundle(const char *name);

#endif
