/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/arch.h"

#include <stddef.h>

/* Which targets a build knows is loader.mk's choice. */
static const struct arch *const all[] = {
#ifdef LOADER_TARGET_x86_64
	&arch_x86_64,
#endif
#ifdef LOADER_TARGET_s390x
	&arch_s390x,
#endif
};

const struct arch *arch_find(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->machine == machine)
			return all[i];
	return NULL;
}

const struct arch *arch_native(void)
{
#if defined(__x86_64__)
	return &arch_x86_64;
#elif defined(__s390x__)
	return &arch_s390x;
#else
	return NULL;
#endif
}
