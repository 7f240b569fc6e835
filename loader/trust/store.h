/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign for this machine, as its file says. docs/format.md, "The trust store". */
#ifndef STORE_H
#define STORE_H

#include "base/failure.h"
#include "base/file.h"
#include "bundle/envelope.h"
#include "bundle_format.h"
#include "trust/certificate.h"

struct signer;

/* Whether a bundle must have been tried. */
enum attested {
	ATTESTED_NOT,
	ATTESTED_PASSED,
	ATTESTED_WARNED, /* or nothing failed, at least */
};

/* Pointers go into its own bytes. */
struct trust_store {
	size_t count;
	struct certificate anchor[TRUST_ANCHORS_MAX];
	uint32_t threshold; /* how many different keys must have signed */
	uint8_t attested; /* enum attested, what a tester must vouch for */
	uint8_t development; /* keys made for trying things out may sign */
	uint8_t revocation; /* there must be a revocation list */
	struct bytes revoked; /* entries of the list; none where there is no list */
	const struct signer *list_signer; /* who signed the list; NULL where there is no list */
	uint8_t file[TRUST_FILE_MAX];
};

/*
 * Reads a store. One of the machine's own must belong to root or the caller, and be writable by nobody
 * else. STATUS_OK or STATUS_NO_TRUST.
 */
enum status store_open(const struct root *root, const char *path, struct trust_store *ts,
		       struct failure *f);
/*
 * The same of a store whose first `size` bytes of `file` are there: settings and certificates in PEM,
 * or one certificate in DER. `path` is for messages. STATUS_OK or STATUS_NO_TRUST.
 */
enum status trust_parse(struct trust_store *ts, size_t size, const char *path, struct failure *f);

#endif
