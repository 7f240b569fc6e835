/* SPDX-License-Identifier: Apache-2.0 */
#include "purgatory.h"
#include "system.h"

/* Exception classes of ESR_ELx (Arm ARM, D24.2) that have an address: aborts, and a misaligned PC. */
#define FIRST_ABORT 0x20u
#define LAST_ABORT 0x25u

/* From entry.S, with MMU and caches off. */
_Noreturn void exception_common(uint64_t syndrome, uint64_t at, uint64_t address);

_Noreturn void exception_common(uint64_t syndrome, uint64_t at, uint64_t address)
{
	uint32_t class = (uint32_t)(syndrome >> 26) & 0x3f;

	purgatory_exception(purgatory_image, class, at,
			    class >= FIRST_ABORT && class <= LAST_ABORT ? address : 0);
}
