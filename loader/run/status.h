/* SPDX-License-Identifier: Apache-2.0 */
/* --status: is a capture kernel armed, which, and would its dump arrive? docs/loader.md, "Status". */
#ifndef RUN_STATUS_H
#define RUN_STATUS_H

#include "base/reader.h"
#include "run/terms.h"

/* Looks, and says it: as text, as JSON, or as metrics into a file. */
enum status status_show(const struct terms *terms, struct reader *reader, struct failure *f);

#endif
