/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the additions to a device tree, as they were sealed, have the form of such. */
#ifndef TREE_RULES_H
#define TREE_RULES_H

#include "base/failure.h"
#include "bundle/envelope.h"
#include "bundle/seal.h"

/*
 * Before: `seal` is parsed and members_digest() found the members good; nothing is filled in.
 * After:  STATUS_OK, or STATUS_BAD_SEAL with DETAIL_TREE_FORM.
 */
enum status tree_rules_check(const struct bundle *bundle, struct seal *seal, struct failure *f);

#endif
