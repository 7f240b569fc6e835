/* SPDX-License-Identifier: Apache-2.0 */
/* --status: is a capture kernel armed, which, and would its dump arrive? docs/loader.md, "Status". */
#ifndef RUN_STATUS_H
#define RUN_STATUS_H

#include "run/attempt.h"

/*
 * Looks, and says it: as text, as JSON, or as metrics into a file. `a` is for the installed bundle; its failure
 * is one to write.
 */
enum status status_show(struct attempt *a, struct terms *terms);

#endif
