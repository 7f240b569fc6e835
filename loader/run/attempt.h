/* SPDX-License-Identifier: Apache-2.0 */
/* One bundle on its way from a file to filled segments: all that a load does but the call. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "base/failure.h"
#include "base/file.h"
#include "base/reader.h"
#include "bundle/envelope.h"
#include "bundle/seal.h"
#include "machine/machine.h"
#include "machine/release.h"
#include "run/health.h"
#include "run/report.h"
#include "run/terms.h"
#include "segments/segments.h"
#include "trust/attestation.h"
#include "trust/trust.h"

/*
 * Static, since some of it is large; pages that nobody touches cost nothing. The small comes first: it is near.
 * Filled from the top down, by the steps of attempt.c.
 */
struct attempt {
	const struct terms *terms;
	const char *path; /* of the bundle; may be changed between two walks */
	bool stands_in; /* it is the last good bundle, or the fallback, in place of another */
	bool called; /* the kernel was: what was armed before may be gone */
	const struct arch *arch;
	struct report report;
	struct failure failure;
	struct file_image image;
	struct bundle bundle;
	struct signers signers;
	struct file_image attested; /* the file of the attestation that counts; empty where there is none */
	struct attestation attestation;
	struct failure unattested; /* why none counts, where none is required */
	struct seal seal;
	struct health health;
	struct load load;
	char release[RELEASE_BYTES];
	struct trust_store trust;
	struct reader reader;
	struct machine machine;
	/* Read once more before the load. */
	struct machine again;
};

/* Which steps to take; one bundle may be looked at several times. */
enum steps {
	STEPS_HEAD = 1, /* seal and signer */
	STEPS_IDENTITY = 2, /* is it for this machine, now? */
	STEPS_REST = 4, /* is it good now, and all that is sealed? */
	STEPS_LOAD = 8, /* what a load needs beyond */
	STEPS_FILL = 16, /* and what the kernel leaves to us, where it does */
	STEPS_ALL = 31,
};

/* An empty attempt, whose report points into it. */
void attempt_begin(struct attempt *a, const struct terms *terms);
/* From the beginning. After: STATUS_OK, or status and reason of the first step that refused. */
enum status attempt_walk(struct attempt *a, unsigned int steps);

#endif
