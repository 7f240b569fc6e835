/* SPDX-License-Identifier: Apache-2.0 */
/* The revocation list: certificates and seals that are good no longer. docs/format.md, "The revocation list". */
#ifndef REVOKE_H
#define REVOKE_H

#include "bundle_format.h"
#include "trust/der.h"
#include "trust/store.h"

/* Where in a file the list ends and its signature begins. DETAIL_NONE, or what is wrong with it. */
enum detail revocation_split(struct bytes file, struct bytes *list, struct bytes *signature);
/* The entries of a list that was split off. DETAIL_NONE, or what is wrong with it. */
enum detail revocation_parse(struct bytes list, struct bytes *entries);
/* Whether the list has the digest of these bytes. */
bool revoked(const struct trust_store *ts, enum revocation_kind kind, struct bytes what);

#endif
