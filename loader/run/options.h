/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

enum action {
	ACTION_ARM,
	ACTION_DRY_RUN,
	ACTION_CHECK,
	ACTION_STATUS,
	ACTION_UNLOAD,
	ACTION_FACTS,
	ACTION_HELP,
	ACTION_VERSION,
};

struct options {
	enum action action;
	bool json;
	/* What is named without an option: bundles, or folders of them. */
	char *const *bundles;
	uint32_t bundle_count;
	const char *facts; /* file to write; NULL is standard output */
	const char *trust;
	const char *root;
	const char *emit;
	const char *overlay;
	const char *attestation;
	const char *fallback; /* armed where nothing of the others can be */
	const char *prometheus; /* file for metrics, "-" for standard output; NULL: none are asked for */
	bool has_now;
	uint64_t now;
};

extern const char options_help[];

/* STATUS_OK or STATUS_USAGE. Strings stay argv's, whose own order changes. */
enum status options_parse(struct options *options, int argc, char **argv, struct failure *f);

#endif
