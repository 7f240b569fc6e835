/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one signature to a trust anchor: the chain of certificates, then the value. docs/format.md,
 * "Trust". The rules are those of pipeline/sign: what one refuses, the other refuses for the same reason.
 */
#ifndef CHAIN_H
#define CHAIN_H

#include "base/failure.h"
#include "trust/cms.h"
#include "trust/store.h"

/* A certificate that signed, for reports. */
struct signer {
	char name[192]; /* common name, or the organization where there is none; printable */
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
	bool development; /* its chain has a key made for trying things out */
	/* Seconds since 1970, between which every certificate of its chain is valid. */
	int64_t valid_from, valid_to;
	struct bytes modulus; /* in the bundle: what makes two keys different */
};

/* What somebody signs: a certificate for the one is not for the other. */
enum role {
	ROLE_SEALER, /* bundles and revocation lists */
	ROLE_TESTER, /* that a bundle was tried */
};

/*
 * Checks one signature over `message`: chain, then value. `now` is compared with the certificates'
 * validity. STATUS_OK and *who; STATUS_BAD_CHAIN, STATUS_REVOKED, STATUS_DEVELOPMENT_KEY or
 * STATUS_BAD_SIGNATURE.
 */
enum status trust_verify(const struct trust_store *ts, enum role role, const struct cms *cms,
			 struct bytes message, const char *message_name, uint64_t now,
			 struct signer *who, struct failure *f);

#endif
