/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

#include "bundle_format.h"

/* Little-endian Linux on POWER has Power ISA 2.07 as its base (OpenPOWER ABI for Linux, ELFv2): every program may use it. */
uint64_t cpu_features_detect(void)
{
	return CPU_FEATURE_PPC64LE_ISA207;
}
