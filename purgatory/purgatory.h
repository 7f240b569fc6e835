/* SPDX-License-Identifier: Apache-2.0 */
/* Called by arch/<arch>/entry.S, on purgatory's own stack, with interrupts off. */
#ifndef PURGATORY_H
#define PURGATORY_H

#include <stdint.h>

/* `image` is the start of the loaded image. */
_Noreturn void purgatory_main(const uint8_t *image);

/* At any moment, also within itself. */
_Noreturn void purgatory_exception(const uint8_t *image, uint32_t vector, uint64_t at,
				   uint64_t address);

#endif
