/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, and what entry.S has for C. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#define SYSTEM_READ(name)                                                                          \
	__extension__({                                                                            \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define SYSTEM_WRITE(name, value) __asm__ volatile("msr " #name ", %0" : : "r"(value) : "memory")

static inline bool at_el2(void)
{
	return (SYSTEM_READ(CurrentEL) >> 2 & 3) == 2;
}

/* At EL2: whether its registers have the form of EL1's (HCR_EL2.E2H). */
static inline bool has_vhe(void)
{
	return (SYSTEM_READ(hcr_el2) >> 34 & 1) != 0;
}

extern const uint8_t purgatory_image[];

uint64_t mmu_on(uint64_t tables, uint64_t mair, uint64_t tcr);
void mmu_off(void);
void cache_clean(uint64_t start, uint64_t end);

#endif
