/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks between panic and capture, without a machine: bytes in, finding out.
 * `image` is the start of the loaded purgatory, which is its head (bundle_format.h, purgatory_head).
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle_format.h"

enum finding_kind {
	FINDING_HEAD,	   /* the static part of the head: nothing in it may be believed */
	FINDING_LIVE,	   /* the live part of the head differs from its digest */
	FINDING_VALUE,	   /* the live part is as it was written, but `value` in it makes no sense */
	FINDING_REGION,	   /* a region differs from its digest */
	FINDING_EXCEPTION, /* the CPU raised `vector` */
	FINDING_MACHINE_CHECK, /* the machine says that it is broken */
};

/* What stands in the way of the capture kernel. Only the members of its kind are set. */
struct finding {
	enum finding_kind kind;
	const char *value;  /* VALUE: its name */
	const char *region; /* REGION: field of PURGATORY_REGION_NAME_BYTES in the head */
	uint32_t index;	    /* REGION: its place in the table */
	bool live;	    /* REGION: the digest was taken by the loader */
	uint64_t start;	    /* REGION, LIVE */
	uint64_t size;	    /* REGION, LIVE */
	uint8_t expected[32]; /* REGION, LIVE */
	uint8_t found[32];    /* REGION, LIVE */
	uint32_t vector;      /* EXCEPTION */
	uint64_t at;	      /* EXCEPTION, MACHINE_CHECK: address of the instruction */
	uint64_t address;     /* EXCEPTION: address it was about, where the CPU says */
};

/*
 * The three checks, in this order: each may be asked only after the one before it said true.
 * False means that `finding` is set.
 */
bool check_head(const uint8_t *image, struct finding *finding);
bool check_live(const uint8_t *image, struct finding *finding);
/*
 * Returns how many regions, in the order of the table, are as they were digested, counting those
 * that only the policy needs without a look. When that is not all of them, `finding` is set. A number, so that the caller notices a loop that ended too early:
 * this code checks itself as well, and one flipped bit in a branch must not pass for a sound image.
 * `features` as sha256.h has them.
 */
uint32_t check_regions(const uint8_t *image, uint64_t features, struct finding *finding);

/*
 * One of the regions that only the policy needs, which lie in the image itself; anything else is
 * false. After check_head(): nothing of the live part is believed, since the policy runs as well
 * when that is what is corrupt. `finding` is set in either case; if true, with address and size.
 */
bool check_policy_region(const struct purgatory_head *head, uint64_t index,
			 struct finding *finding);

#endif
