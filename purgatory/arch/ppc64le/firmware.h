/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle_format.h"

/* What the head says of the firmware; kind none where its digest is wrong. Believed whatever the rest of the head is. */
struct purgatory_firmware firmware_known(void);

/* Without a hypervisor below. */
bool firmware_is_ours(void);

/* Ticks of the time base, 512 MHz on every machine. */
#define TICKS_PER_MS UINT64_C(512000)
uint64_t firmware_ticks(void);

/* entry.S. Reads the same numbers again, and returns only where there is nobody to ask. */
void firmware_reset(void);
int64_t opal_call(uint64_t token, uint64_t base, uint64_t entry, uint64_t a, uint64_t b, uint64_t c);
int64_t hypervisor_put(uint64_t terminal, uint64_t count, uint64_t first, uint64_t second);
void hypervisor_cede(void);

#endif
