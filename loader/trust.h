/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may sign for this machine, and whether they signed this bundle. docs/threat-model.md.
 * RSA of 2048 to 4096 bits with SHA-256; certificates X.509, chain rules RFC 5280 as BearSSL's
 * "minimal" engine knows them.
 */
#ifndef TRUST_H
#define TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope.h"
#include "failure.h"
#include "file.h"

#define TRUST_DEFAULT_PATH "/etc/crashseal/trust.pem"
#define TRUST_ANCHORS_MAX 16u
#define TRUST_FILE_MAX 65536u

/* Distinguished name and key of a trust anchor; pointers go into the store's own bytes. */
struct trust_anchor {
	const uint8_t *dn;
	size_t dn_size;
	const uint8_t *modulus;
	size_t modulus_size;
	const uint8_t *exponent;
	size_t exponent_size;
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	bool ca; /* may issue others; else it vouches for its very own bytes alone */
};

struct trust_store {
	size_t count;
	struct trust_anchor anchor[TRUST_ANCHORS_MAX];
	size_t used;
	uint8_t bytes[TRUST_ANCHORS_MAX * 2048];
};

/* The certificate that signed, for reports. */
struct signer {
	char name[192]; /* common name, or the organization where there is none; printable */
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
	bool development; /* a key made for trying things out: see TRUST_DEVELOPMENT */
};
/* Stands in the organizational unit of certificates that `crashseal keygen` makes for development. */
#define TRUST_DEVELOPMENT "crashseal DEVELOPMENT KEY"

/* Fills the store from a file below `root`. STATUS_OK or STATUS_NO_TRUST. */
enum status trust_open(const struct root *root, const char *path, struct trust_store *ts,
		       struct failure *f);
/*
 * The same from bytes: certificates in PEM, any number up to TRUST_ANCHORS_MAX, or one in DER.
 * `path` is for messages.
 */
enum status trust_parse(const uint8_t *file, size_t size, const char *path, struct trust_store *ts,
			struct failure *f);

/*
 * Checks seal.p7s over seal.bin. Nothing else of the bundle is looked at.
 * `now` is seconds since 1970, compared with the certificates' validity.
 * After: STATUS_OK and *who; STATUS_BAD_SIGNATURE; or STATUS_BAD_CHAIN.
 */
enum status bundle_verify(const struct bundle *b, const struct trust_store *ts, uint64_t now,
			  struct signer *who, struct failure *f);

#endif
