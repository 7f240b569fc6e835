/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the program: what its parts share. sealed.c takes a bundle apart, arm.c makes it what is
 * armed, state.c keeps what outlives the run, say.c tells.
 */
#ifndef RUN_H
#define RUN_H

#include "load.h"
#include "machine.h"
#include "options.h"
#include "report.h"

#define RECORD_MAX (1u << 20)
/* A note buffer takes some 42 bytes of the report, and every CPU has one. */
_Static_assert(RECORD_MAX >= MACHINE_CPUS_MAX * 64u, "a report holds every CPU");

/* Static, since some of it is large; pages that nobody touches cost nothing. */
struct run {
	struct options options;
	struct failure failure;
	struct root root;
	struct reader reader;
	struct file_image image;
	struct bundle bundle;
	struct trust_store trust;
	struct signers signers;
	struct seal seal;
	const struct arch *arch;
	struct machine machine;
	/* Read once more before the load. */
	struct machine again;
	struct load load;
	struct report report;
	char release[128];
	uint64_t started;
	uint64_t now;
	uint64_t hash_features;
	char out[RECORD_MAX];
};

/* sealed.c: the bundle that the options name. Seal and signer, then everything that is sealed. */
enum status open_sealed(struct run *run);
enum status match_members(struct run *run);
enum status check_digests(struct run *run);

/* arm.c */
enum status arm(struct run *run);

/* state.c: what is armed, for --status until the next boot; a failure to keep it is only a warning. */
void keep_record(struct run *run);
void drop_record(struct run *run);
enum status show_status(struct run *run);

/* say.c */
void say(int fd, const struct text *t);
void warn(const char *message);
void render_json(struct run *run, struct text *t);
void say_failure(const struct failure *f);
void say_result(struct run *run);
uint64_t milliseconds_since(uint64_t start);

#endif
