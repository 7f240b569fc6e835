/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the members of an archive are what its seal says. */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "base/failure.h"
#include "bundle/envelope.h"
#include "bundle/seal.h"

/*
 * How many bytes of the archive to read at most, now that its seal is trusted: those that it can have,
 * and some more, so that what stands in a wrong place can be named.
 */
uint64_t members_bound(const struct bundle *bundle, const struct seal *seal);
/* Those of the seal, in its order and of its sizes. STATUS_OK or STATUS_BAD_ENVELOPE. */
enum status members_match(const struct bundle *bundle, const struct seal *seal, struct failure *f);
/*
 * One pass over the buffers that are loaded; there is no second copy that could differ.
 * Before: members_match(). After: STATUS_OK or STATUS_BAD_DIGEST.
 */
enum status members_digest(const struct bundle *bundle, const struct seal *seal,
			   uint64_t hash_features, struct failure *f);

#endif
