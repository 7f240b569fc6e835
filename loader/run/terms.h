/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is to do and judges by: the same for every bundle that it looks at. */
#ifndef TERMS_H
#define TERMS_H

#include <stdint.h>

#include "base/failure.h"
#include "base/file.h"
#include "run/options.h"
#include "run/state.h"

struct terms {
	const struct options *options;
	struct root root;
	uint64_t started; /* by the clock that only goes forward */
	uint64_t now; /* what every date is compared with: not before floor.time */
	uint64_t hash_features; /* of the CPU that this runs on (sha256.h) */
	struct floor floor;
};

/* The root and the clocks. After: STATUS_OK, with an empty floor; or STATUS_USAGE, CLOCK_WRONG. */
enum status terms_begin(struct terms *terms, const struct options *options, struct failure *f);
/* The floor is that of the moment, so it is read once nobody else changes it. */
enum status terms_read_floor(struct terms *terms, struct failure *f);

/* Since the start. */
uint64_t terms_milliseconds(const struct terms *terms);

#endif
