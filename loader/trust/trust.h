/* SPDX-License-Identifier: Apache-2.0 */
/* Whether those who may sign for this machine signed this bundle. docs/format.md, "Trust". */
#ifndef TRUST_H
#define TRUST_H

#include "base/failure.h"
#include "base/file.h"
#include "bundle/envelope.h"
#include "trust/chain.h"
#include "trust/store.h"

#define TRUST_DEFAULT_PATH "/etc/crashseal/trust.pem"

/* Those whose signatures are good, each with another key. */
struct signers {
	size_t count;
	struct signer signer[BUNDLE_SIGNATURES_MAX];
};

/*
 * Reads a trust store and the revocation list beside it. `now` is seconds since 1970.
 * STATUS_OK or STATUS_NO_TRUST.
 */
enum status trust_open(const struct root *root, const char *path, uint64_t now,
		       struct trust_store *ts, struct failure *f);
/*
 * Checks the bundle's signatures over seal.bin. Nothing else of the bundle is looked at.
 * After: STATUS_OK and *who; as above; or STATUS_TOO_FEW_SIGNATURES.
 */
enum status bundle_verify(const struct bundle *b, const struct trust_store *ts, uint64_t now,
			  struct signers *who, struct failure *f);

#endif
