/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether purgatory, as it was sealed, will check after the panic every byte that the capture kernel
 * believes. docs/format.md, "Rules of a seal". Before any live value is filled in.
 */
#ifndef PURGATORY_RULES_H
#define PURGATORY_RULES_H

#include "base/failure.h"
#include "bundle/envelope.h"
#include "bundle/seal.h"

/*
 * Before: `seal` is parsed and members_digest() found the members good; nothing is filled in.
 * After:  STATUS_OK, or STATUS_BAD_SEAL with the first fault.
 */
enum status purgatory_check(const struct bundle *bundle, struct seal *seal, uint64_t hash_features,
			    struct failure *f);

#endif
