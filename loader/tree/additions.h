/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bundle adds to the running machine's device tree: a tree itself, whose first level says what is
 * to be done. docs/format.md, "Device tree".
 */
#ifndef ADDITIONS_H
#define ADDITIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* Are they additions: a tree that passes tree_check(), with nothing in it that additions do not have? */
bool additions_ok(const uint8_t *bytes, size_t size);

/*
 * Before: `fdt` is open; `additions` are good, and their live values filled in.
 * After:  the additions are in, and the reservation of the running kernel's initramfs is gone; or
 *         STATUS_BAD_LIVE_VALUE.
 */
enum status additions_apply(void *fdt, const void *additions, struct failure *f);

#endif
