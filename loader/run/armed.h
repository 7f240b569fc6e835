/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --status needs to know of the bundle that is armed, kept in /run/crashseal until the next boot: its
 * seal, and where and when it was armed. Anyone may read it; only root can have written it.
 */
#ifndef ARMED_H
#define ARMED_H

#include <stdint.h>

#include "base/file.h"
#include "bundle/seal.h"
#include "run/report.h"

#define ARMED_FILE_BYTES 512u

struct armed {
	/* The bundle, as it was named, and the one that was to be armed first; what is not printable is escaped. */
	char file[ARMED_FILE_BYTES];
	char installed[ARMED_FILE_BYTES];
	char signer[192]; /* the first one's name */
	uint64_t at; /* when; seconds since 1970 */
	uint64_t until; /* report_certificates_until() */
	bool stands_in; /* for another that was refused: the fallback, or the last good bundle */
};

long armed_keep(const struct root *root, const char *path, const char *installed, bool stands_in,
		const struct report *report);
/* Its seal is parsed into `seal`; false when there is no sound record. */
bool armed_read(const struct root *root, struct armed *armed, struct seal *seal);

/* The first line of what the last refusal said, so that --status can tell; NULL: nothing was refused since. */
long refusal_keep(const struct root *root, const char *message);
void refusal_drop(const struct root *root);
/* The text's length; 0 when nothing was refused since what is armed was armed. */
size_t refusal_read(const struct root *root, char *buf, size_t size);

#endif
