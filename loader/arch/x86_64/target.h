/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader knows of x86_64 alone: virtual addresses. */
#ifndef ARCH_X86_64_TARGET_H
#define ARCH_X86_64_TARGET_H

#include "machine/arch.h"
#include "machine/machine.h"

enum status x86_64_virtual_map(const struct machine *machine, struct virtual_map *map,
			       struct failure *f);
bool x86_64_five_level(const struct virtual_map *map);

#endif
