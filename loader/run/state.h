/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a run. Until the next boot, in /run: the lock and the record of what is armed. For
 * good, in /var/lib: the floor below which nothing is taken, and the bundle that was armed last.
 */
#ifndef STATE_H
#define STATE_H

#include "base/failure.h"
#include "base/reader.h"

#define RUN_FOLDER "/run/crashseal"
/* What armed.h keeps there; it goes with the record. */
#define RUN_ARMED_SEAL "armed.seal"
#define RUN_ARMED_FROM "armed.from"
#define STATE_LAST_GOOD "/var/lib/crashseal/last-good"

/* The lowest epoch that this machine takes, and a time that has certainly passed. */
struct floor {
	uint64_t admin_epoch; /* /etc/crashseal/epoch: a decimal number; without the file 0 */
	uint64_t epoch; /* /var/lib/crashseal/floor, which the loader raises after a load */
	uint64_t time;
};

/* STATUS_OK or STATUS_BAD_FLOOR: a floor that cannot be read is not 0. */
enum status floor_read(struct reader *reader, struct floor *floor, struct failure *f);
/* All or nothing: a floor that cannot be written is what it was. 0 or -errno. */
long floor_keep(const struct root *root, const struct floor *floor);

/*
 * Waits, at most so long, until no other loader changes what is armed or its record, and keeps it so
 * until the end. STATUS_OK; or STATUS_FAILED, STATUS_NO_PERMISSION.
 */
enum status lock_take(const struct root *root, uint64_t milliseconds, struct failure *f);

/*
 * Keeps the bundle that was opened as `image` as last-good: a copy, which stays what it is whatever
 * becomes of the file. One that is not the same byte for byte is made anew. 0 or -errno.
 */
long last_good_keep(const struct root *root, const struct file_image *image);

/* The attestation that goes with it, which is in memory; NULL: there is none. 0 or -errno. */
long attestation_keep(const struct root *root, const struct file_image *image);

/* What became of the two: 0, or the -errno for which it is what it was. */
struct kept {
	long bundle;
	long floor;
};
/*
 * Keeps the bundle, then the floor that it raises: a floor above the last good bundle would forbid to
 * load it again. So where the bundle could not be kept, a floor that rises is not either.
 */
struct kept keep_for_good(const struct root *root, const struct file_image *image,
			  const struct floor *before, const struct floor *raised);

/* A small file in RUN_FOLDER, as a whole or not at all; 0 or -errno. */
long run_keep(const struct root *root, const char *name, const struct text *t, unsigned int mode);
void run_drop(const struct root *root, const char *name);

/* What is armed, for machines and the line for people; the older record is gone in any case. */
long record_keep(const struct root *root, const struct text *json, const struct text *line);
void record_drop(const struct root *root);
/* The record's bytes, without the newline at the end; 0 when there is none. */
size_t record_read(const struct root *root, bool json, char *buf, size_t size);

#endif
