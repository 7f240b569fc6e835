/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs what the loader keeps between runs, and how it reads a bundle, for life-cycle.test.ts.
 *
 *	life floor ROOT                 status, detail, message; or "ok ADMIN EPOCH TIME"
 *	life keep-floor ROOT EPOCH TIME
 *	life keep-bundle ROOT FILE      as after a load of FILE
 *	life keep-changed ROOT FILE COMMAND
 *	                                the same, but COMMAND is run in between
 *	life keep-both ROOT FILE EPOCH  the same, and a floor of EPOCH, above one of 1: error of each
 *	life record ROOT JSON LINE
 *	life limit ROOT                 as after a load of a bundle that limits loads
 *	life lock ROOT MILLISECONDS     "locked" once it is, held until standard input ends
 *	life read FILE HEAD COMMAND     reads HEAD bytes, runs COMMAND, reads the rest: status, or "ok" and
 *	                                the sum of its bytes
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/load.h"
#include "run/state.h"

static struct root root;
static struct reader reader;
static struct failure failure;

static int tell(enum status status)
{
	printf("%s\n%s\n%s\n", status_name(status), detail_name(failure.detail), failure.message);
	return 0;
}

static int tell_error(long error)
{
	printf("%ld\n", error);
	return 0;
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 0);
}

static struct text text_of(char *s)
{
	return (struct text){ s, strlen(s) + 1, strlen(s), false };
}

static int show_floor(void)
{
	struct floor floor;
	enum status status;

	reader_init(&reader, &root);
	status = floor_read(&reader, &floor, &failure);
	if (status != STATUS_OK)
		return tell(status);
	printf("ok %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", floor.admin_epoch, floor.epoch, floor.time);
	return 0;
}

/* `command` may be NULL. */
static int keep_bundle(const char *path, const char *command)
{
	struct file_image image;
	const enum status status = file_open(path, 1u << 20, STATUS_NO_FILE, &image, &failure);

	if (status != STATUS_OK ||
	    file_read_on(&image, SIZE_MAX, path, STATUS_NO_FILE, &failure) != STATUS_OK)
		return tell(failure.status);
	if (command && system(command) != 0)
		return 97;
	tell_error(last_good_keep(&root, &image));
	file_unload(&image, 0);
	return 0;
}

static int keep_both(const char *path, uint64_t epoch)
{
	const struct floor before = { 0, 1, 0 }, raised = { 0, epoch, 0 };
	struct file_image image;

	if (file_open(path, 1u << 20, STATUS_NO_FILE, &image, &failure) != STATUS_OK)
		return tell(failure.status);
	const struct kept kept = keep_for_good(&root, &image, &before, &raised);
	printf("%ld %ld\n", kept.bundle, kept.floor);
	file_unload(&image, 0);
	return 0;
}

static int read_in_parts(const char *path, size_t head, const char *command)
{
	struct file_image image;
	uint64_t sum = 0;

	if (file_open(path, 1u << 24, STATUS_NO_FILE, &image, &failure) != STATUS_OK ||
	    file_read_on(&image, head, path, STATUS_NO_FILE, &failure) != STATUS_OK)
		return tell(failure.status);
	if (image.have != (head < image.size ? head : image.size) || system(command) != 0)
		return 97;
	if (file_read_on(&image, SIZE_MAX, path, STATUS_NO_FILE, &failure) != STATUS_OK)
		return tell(failure.status);
	for (size_t i = 0; i < image.mapped; i++)
		sum += image.bytes[i];
	printf("ok %zu %" PRIu64 "\n", image.have, sum);
	file_unload(&image, 0);
	return 0;
}

static int hold_lock(uint64_t milliseconds)
{
	const enum status status = lock_take(&root, milliseconds, &failure);

	if (status != STATUS_OK)
		return tell(status);
	puts("locked");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

int main(int argc, char **argv)
{
	const char *const what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "read") == 0 && argc == 5)
		return read_in_parts(argv[2], number(argv[3]), argv[4]);
	if (argc < 3 || root_open(&root, argv[2]) < 0)
		return 98;
	if (strcmp(what, "floor") == 0)
		return show_floor();
	if (strcmp(what, "limit") == 0)
		return tell_error(load_limit(&root));
	if (strcmp(what, "lock") == 0 && argc == 4)
		return hold_lock(number(argv[3]));
	if (strcmp(what, "keep-floor") == 0 && argc == 5) {
		const struct floor floor = { 0, number(argv[3]), number(argv[4]) };
		return tell_error(floor_keep(&root, &floor));
	}
	if (strcmp(what, "keep-bundle") == 0 && argc == 4)
		return keep_bundle(argv[3], NULL);
	if (strcmp(what, "keep-changed") == 0 && argc == 5)
		return keep_bundle(argv[3], argv[4]);
	if (strcmp(what, "keep-both") == 0 && argc == 5)
		return keep_both(argv[3], number(argv[4]));
	if (strcmp(what, "record") == 0 && argc == 5) {
		const struct text json = text_of(argv[3]), line = text_of(argv[4]);
		return tell_error(record_keep(&root, &json, &line));
	}
	return 98;
}
