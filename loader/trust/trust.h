/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may sign for this machine, and whether they signed this bundle. docs/format.md, "Trust".
 * The rules are those of pipeline/sign: what one refuses, the other refuses for the same reason.
 */
#ifndef TRUST_H
#define TRUST_H

#include "trust/certificate.h"
#include "trust/cms.h"
#include "bundle/envelope.h"
#include "base/failure.h"
#include "base/file.h"

#define TRUST_DEFAULT_PATH "/etc/crashseal/trust.pem"
#define TRUST_ANCHORS_MAX 16u
#define TRUST_FILE_MAX 65536u

/* Filled by trust_open(); pointers go into its own bytes. */
struct trust_store {
	size_t count;
	struct certificate anchor[TRUST_ANCHORS_MAX];
	uint32_t threshold; /* how many different keys must have signed */
	bool development; /* keys made for trying things out may sign */
	bool revocation; /* there must be a revocation list */
	struct bytes revoked; /* entries of the list; none where there is no list */
	uint8_t file[TRUST_FILE_MAX];
};

/* A certificate that signed, for reports. */
struct signer {
	char name[192]; /* common name, or the organization where there is none; printable */
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
	bool development; /* its chain has a key made for trying things out */
	int64_t valid_from; /* seconds since 1970, from which on every certificate of its chain is valid */
	struct bytes key; /* in the bundle */
};

/* Those whose signatures are good, each with another key. */
struct signers {
	size_t count;
	struct signer signer[BUNDLE_SIGNATURES_MAX];
};

/*
 * Reads a trust store and the revocation list beside it. `now` is seconds since 1970.
 * A store of the machine's own must belong to root or the caller, and be writable by nobody else.
 * STATUS_OK or STATUS_NO_TRUST.
 */
enum status trust_open(const struct root *root, const char *path, uint64_t now,
		       struct trust_store *ts, struct failure *f);
/*
 * The store alone, whose first `size` bytes of `file` are there: settings and certificates in PEM,
 * or one certificate in DER. `path` is for messages. STATUS_OK or STATUS_NO_TRUST.
 */
enum status trust_parse(struct trust_store *ts, size_t size, const char *path, struct failure *f);

/*
 * Checks one signature over `message`: chain, then value. `now` is compared with the certificates'
 * validity. STATUS_OK and *who; STATUS_BAD_CHAIN, STATUS_REVOKED, STATUS_DEVELOPMENT_KEY or
 * STATUS_BAD_SIGNATURE.
 */
enum status trust_verify(const struct trust_store *ts, const struct cms *cms, struct bytes message,
			 const char *message_name, uint64_t now, struct signer *who,
			 struct failure *f);
/*
 * Checks the bundle's signatures over seal.bin. Nothing else of the bundle is looked at.
 * After: STATUS_OK and *who; as above; or STATUS_TOO_FEW_SIGNATURES.
 */
enum status bundle_verify(const struct bundle *b, const struct trust_store *ts, uint64_t now,
			  struct signers *who, struct failure *f);

/* revoke.c: the list beside the store at `path`, into ts->revoked. STATUS_OK or STATUS_NO_TRUST. */
enum status revocation_open(const struct root *root, const char *path, uint64_t now,
			    struct trust_store *ts, struct failure *f);
/* Where in a file the list ends and its signature begins. NULL, or what is wrong with it. */
const char *revocation_split(struct bytes file, struct bytes *list, struct bytes *signature);
/* The entries of a list that was split off. NULL, or what is wrong with it. */
const char *revocation_parse(struct bytes list, struct bytes *entries);
/* Whether the list has the digest of these bytes. */
bool revoked(const struct trust_store *ts, enum revocation_kind kind, struct bytes what);

#endif
