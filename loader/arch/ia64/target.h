/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader knows of ia64 as a target. */
#ifndef ARCH_IA64_TARGET_H
#define ARCH_IA64_TARGET_H

#include "machine/arch.h"

/* As struct arch has it (machine/arch.h). */
enum status ia64_efi_memmap(const struct efi_request *request, uint8_t *out, size_t room, size_t *size,
			    struct failure *f);

#endif
