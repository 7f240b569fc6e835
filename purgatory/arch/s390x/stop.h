/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOP_H
#define STOP_H

#include <stdint.h>

#include "check.h"

/* The wait code (enum wait_code) of a finding. */
uint64_t wait_code(const struct finding *finding);

/* Every CPU but this one stands still afterwards, or would not within a bounded time. */
void stop_others(void);

/* A disabled wait counts, for a hypervisor, once no CPU runs: stops the others first. */
_Noreturn void stop(uint64_t code);

#endif
