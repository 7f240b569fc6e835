/* SPDX-License-Identifier: Apache-2.0 */
/* Called by arch/<arch>/entry.S, on purgatory's own stack, with interrupts off. */
#ifndef PURGATORY_H
#define PURGATORY_H

#include <stdint.h>

/*
 * Where the old kernel asks before it hands over (s390x): 0 sound, 1 not. May end the machine's life
 * instead, if the policy says so. `image` is the start of the loaded image, in both.
 */
uint64_t purgatory_check(const uint8_t *image);

/* Checks, then enters the capture kernel or runs the policy. */
_Noreturn void purgatory_start(const uint8_t *image);

/* Both at any moment, also within themselves. */
_Noreturn void purgatory_exception(const uint8_t *image, uint32_t vector, uint64_t at,
				   uint64_t address);
_Noreturn void purgatory_machine_check(const uint8_t *image, uint64_t at);

#endif
