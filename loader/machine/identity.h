/* SPDX-License-Identifier: Apache-2.0 */
/* Is this bundle meant for this machine, at this time? */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "base/failure.h"
#include "base/reader.h"
#include "bundle/seal.h"

/*
 * Before: `seal` is parsed, `now` is seconds since 1970.
 * After:  STATUS_OK; or STATUS_CLOCK_WRONG, EXPIRED.
 */
enum status identity_dates(const struct seal *seal, uint64_t now, struct failure *f);

/*
 * Before: `seal` is parsed, `floor` is the lowest epoch that is taken.
 * After:  STATUS_OK; or STATUS_OLD_EPOCH, WRONG_MACHINE, WRONG_KERNEL, DEVICE_OFFLINE.
 */
enum status identity_check(const struct seal *seal, struct reader *reader, uint64_t floor,
			   struct failure *f);

/* The match rules alone, which are looked at again right before the load. */
enum status identity_match(const struct seal *seal, struct reader *reader, struct failure *f);

/* The path of a live value or match rule, with the slash that file functions want. */
#define IDENTITY_PATH_BYTES (SEAL_PATH_MAX + 2)
void seal_path(char path[IDENTITY_PATH_BYTES], struct seal_string below_root);

/* The text's first line, without white space around it. */
struct seal_string first_line(const char *text, size_t size);

/* Reads what match rules name, as facts. */
void identity_gather(const struct seal *seal, struct reader *reader);

#endif
