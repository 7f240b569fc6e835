/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_features.h"

uint64_t cpu_features_detect(void)
{
	return 0;
}
