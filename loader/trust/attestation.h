/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a tester vouches that a bundle was tried. docs/format.md, "The attestation". A file holds one
 * attestation or several: a statement, which is one line of JSON, and the CMS signature over it. Nothing
 * of a statement is read before its signature is right, and then only what stands in fixed places.
 */
#ifndef ATTESTATION_H
#define ATTESTATION_H

#include "base/failure.h"
#include "base/file.h"
#include "trust/chain.h"
#include "trust/store.h"

struct attestation {
	bool good; /* one counts */
	bool warned; /* not all could be proven */
	struct signer tester;
};

/*
 * What a statement says whose signature is right; `line` is not empty. DETAIL_NONE where it counts for the seal of
 * this digest, or why it does not.
 */
enum detail statement_read(enum attested wanted, struct bytes line, const uint8_t seal_digest[32],
			   bool *warned);
/*
 * Whether one of the attestations in `file` counts for the seal of this digest. `path` is for messages.
 * STATUS_OK and *found; or STATUS_NO_ATTESTATION with what is wrong with the first one that does not count.
 */
enum status attestation_verify(const struct trust_store *ts, const char *path, struct bytes file,
			       const uint8_t seal_digest[32], uint64_t now,
			       struct attestation *found, struct failure *f);
/* The same of a file outside of any root, whose bytes are `image` afterwards; one that is there already goes. */
enum status attestation_open(const struct trust_store *ts, const char *path,
			     const uint8_t seal_digest[32], uint64_t now, struct file_image *image,
			     struct attestation *found, struct failure *f);

#endif
