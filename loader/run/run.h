/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the program: what its parts share. sealed.c takes a bundle apart, arm.c makes it what is
 * armed, candidates.c chooses among several, state.c keeps what outlives the run, say.c tells.
 */
#ifndef RUN_H
#define RUN_H

#include "run/candidates.h"
#include "load/load.h"
#include "machine/machine.h"
#include "machine/release.h"
#include "run/options.h"
#include "run/report.h"
#include "run/state.h"

#define REPORT_BYTES (1u << 20)
/* A note buffer takes some 42 bytes of the report, and every CPU has one. */
_Static_assert(REPORT_BYTES >= MACHINE_CPUS_MAX * 64u, "a report holds every CPU");

/* Static, since some of it is large; pages that nobody touches cost nothing. The small comes first: it is near. */
struct run {
	const char *path; /* of the bundle in hand */
	const struct arch *arch;
	uint64_t started;
	uint64_t now; /* what every date is compared with: not before floor.time */
	uint64_t hash_features;
	struct floor floor;
	/* kexec_load(2) was called: what was armed before may be gone. */
	bool called;
	struct root root;
	struct options options;
	struct file_image image;
	struct report report;
	struct failure failure;
	struct bundle bundle;
	struct signers signers;
	struct load load;
	char release[RELEASE_BYTES];
	struct seal seal;
	struct trust_store trust;
	struct reader reader;
	struct machine machine;
	/* Read once more before the load. */
	struct machine again;
	char out[REPORT_BYTES];
};

/* main.c: an empty run on the machine below `root`. */
enum status run_begin(struct run *run, const struct root *root);

/* sealed.c: the bundle at `run->path`. Seal and signer; then all that is sealed, and nothing else. */
enum status open_sealed(struct run *run);
enum status open_members(struct run *run);
/* Is it for this machine, now? */
enum status check_identity(struct run *run);

/* arm.c: the bundle at `run->path`, as the options say. */
enum status arm_one(struct run *run);
/* Loads what was armed last, after a call that left nothing armed. */
void arm_last_good(struct run *run);

/* candidates.c: the best one that is acceptable. */
enum status arm_best(struct run *run, struct candidates *candidates);

/* say.c */
void say(int fd, const struct text *t);
void warn(const char *message);
void say_error(const char *what, const struct failure *f);
void say_result(struct run *run, const struct candidates *candidates);
uint64_t milliseconds_since(uint64_t start);

#endif
