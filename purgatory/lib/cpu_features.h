/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include <stdint.h>

/*
 * The bits of enum cpu_feature (bundle_format.h) that this CPU has.
 * For user space only: purgatory is told, since CPUID traps in confidential guests
 * and there is nobody left to handle that.
 */
uint64_t cpu_features_detect(void);

#endif
