/* SPDX-License-Identifier: Apache-2.0 */
/* The architectures that this program knows as targets: a folder here for each, chosen by loader.mk. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "base/failure.h"
#include "bundle/seal.h"
#include "machine/arch.h"

/* NULL for an architecture that this loader does not know. */
const struct arch *arch_find(uint16_t machine);
/* The one this program runs on; NULL when it is none of ours. */
const struct arch *arch_native(void);

/*
 * The one that a seal is for. With `foreign`, as under another root, it need not be the one that this
 * program runs on. STATUS_OK and *arch; or STATUS_WRONG_ARCH, STATUS_BAD_SEAL.
 */
enum status arch_of_seal(const struct seal *seal, bool foreign, const struct arch **arch,
			 struct failure *f);

#endif
