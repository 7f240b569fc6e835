/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block devices as sysfs and udev's records show them, and what their first and last bytes say where this
 * user may read them. The capture kernel's init looks for the same device (components/init/find-device.sh).
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "bundle/seal.h"
#include "bundle_format.h"

#define BLOCK_NAME_BYTES 40u

struct block {
	char name[BLOCK_NAME_BYTES]; /* as in /sys/class/block */
	uint64_t bytes;
};

/* What is on a device. */
enum block_content {
	BLOCK_UNSEEN,
	BLOCK_BLANK,
	BLOCK_OURS,
	BLOCK_OTHER, /* bytes of no program that is known */
	BLOCK_KNOWN, /* bytes of a known program */
};

struct block_found {
	uint32_t count; /* devices that answer and may be used; of one disk with several paths one */
	struct block first, second;
	/* The last one that answers and may not be used, and why; or NULL. */
	const char *passed_over;
	struct block unusable;
	/* Some device did not tell what it was asked for. */
	bool unsure;
};

/* 0 or -errno of the folder. `by` is a name of a device. */
long block_find(struct reader *reader, enum probe_name by, struct seal_string value, bool removable,
		struct block_found *found);

/* Reads what any name may ask for, for its being read. */
void block_gather(struct reader *reader);

/* `what`: of BLOCK_KNOWN what it is, at most `size` bytes with the NUL. */
enum block_content block_content(struct reader *reader, const struct block *block, char *what,
				 size_t size);
/* udev's word for the file system on it ("ext4"), NUL-ended; false when udev has not looked. */
bool block_type(struct reader *reader, const struct block *block, char *type, size_t size);

#endif
