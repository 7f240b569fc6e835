/* SPDX-License-Identifier: Apache-2.0 */
#include "run/terms.h"

#include "base/reader.h"
#include "base/sys.h"
#include "cpu_features.h"

enum status terms_begin(struct terms *terms, const struct options *options, struct failure *f)
{
	const char *path = options->root ? options->root : "/";
	int64_t now = 0;

	*terms = (struct terms){ .options = options, .now = options->now };
	sys_monotonic(&terms->started);
	/* --root never loads, whatever it names; "/" alone would be the machine's own. */
	if (options->root && str_equal(path, "/"))
		path = "/.";
	const long error = root_open(&terms->root, path);
	if (error < 0)
		return fail_file(f, STATUS_USAGE, "cannot open", path, error, NULL);
	if (!options->has_now) {
		if (sys_time(&now) < 0 || now < 0)
			return fail(f, STATUS_CLOCK_WRONG, "the clock cannot be read", NULL);
		terms->now = (uint64_t)now;
	}
	terms->hash_features = cpu_features_detect();
	return STATUS_OK;
}

enum status terms_read_floor(struct terms *terms, struct failure *f)
{
	static struct reader reader;

	reader_init(&reader, &terms->root);
	const enum status status = floor_read(&reader, &terms->floor, f);
	if (terms->now < terms->floor.time)
		terms->now = terms->floor.time;
	return status;
}

uint64_t terms_milliseconds(const struct terms *terms)
{
	uint64_t now = terms->started;

	sys_monotonic(&now);
	return (now - terms->started) / 1000000;
}
