/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caches, and the vector registers, which the SHA-256 instructions work on as well. With the MMU off every load waits for
 * memory; so what is to be hashed, and purgatory itself, is mapped at its own address as cached memory, by
 * blocks of 2 MiB. Where that is not possible, the checks run without, only slower.
 */
#include "machine.h"
#include "system.h"

#define BLOCK (UINT64_C(1) << 21)
#define ENTRIES 512u
/* The root, and below it a table for each 512 GiB and one for each GiB that is touched. */
#define TABLES 10u
/* Four levels of tables with 4 KiB pages reach so far. */
#define REACH (UINT64_C(1) << 48)

/* Arm ARM, D8.3: descriptors. */
#define VALID UINT64_C(1)
#define TABLE UINT64_C(3)
#define SHARED (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
/* Without VHE, EL2 has one privilege level, and the bit that opens a block to EL0 must be 1. */
#define EL2_ONLY (UINT64_C(1) << 6)
#define ADDRESS (REACH - 4096)

/* MAIR's first attribute, the only one: normal memory, write-back, allocating. */
#define WRITE_BACK UINT64_C(0xff)

/* Walks through the caches too, inner shareable; T0SZ for 48 bits. */
#define TCR_WALKS (UINT64_C(16) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12)
/* EL1, and EL2 with VHE: nothing is looked up in the upper half; its page size must be valid all the same. */
#define TCR_LOWER_ONLY (UINT64_C(1) << 23 | UINT64_C(2) << 30)
#define TCR_EL2_RES1 (UINT64_C(1) << 23 | UINT64_C(1) << 31)

#define FPEN (UINT64_C(3) << 20)     /* CPACR_EL1, and CPTR_EL2 with VHE */
#define TFP (UINT64_C(1) << 10)	     /* CPTR_EL2 without */

static _Alignas(4096) volatile uint64_t tables[TABLES][ENTRIES];
static unsigned int tables_used;
static bool mapped;

static volatile uint64_t *new_table(void)
{
	volatile uint64_t *table = tables[tables_used++];

	for (unsigned int i = 0; i < ENTRIES; i++)
		table[i] = 0;
	return table;
}

static volatile uint64_t *table_below(volatile uint64_t *entry)
{
	if ((*entry & VALID) != 0)
		return (volatile uint64_t *)(uintptr_t)(*entry & ADDRESS);
	if (tables_used == TABLES)
		return NULL;
	volatile uint64_t *table = new_table();

	*entry = (uint64_t)(uintptr_t)table | TABLE;
	return table;
}

static bool map(uint64_t start, uint64_t size, uint64_t attributes)
{
	if (size > REACH || start > REACH - size)
		return false;
	for (uint64_t at = start & ~(BLOCK - 1); at < start + size; at += BLOCK) {
		volatile uint64_t *table = table_below(&tables[0][at >> 39 & (ENTRIES - 1)]);

		if (table)
			table = table_below(&table[at >> 30 & (ENTRIES - 1)]);
		if (!table)
			return false;
		table[at >> 21 & (ENTRIES - 1)] = at | attributes;
	}
	return true;
}

static bool map_all(uint64_t attributes)
{
	struct purgatory_head head;

	purgatory_head_load(&head, purgatory_image);
	tables_used = 0;
	(void)new_table();
	if (!map((uint64_t)(uintptr_t)purgatory_image, head.memory_size, attributes))
		return false;
	for (uint32_t i = 0; i < head.region_count; i++) {
		struct purgatory_region region;

		purgatory_region_load(&region, head.regions + i * PURGATORY_REGION_BYTES);
		if (!map(region.start, region.size, attributes))
			return false;
	}
	return true;
}

static void vectors_on(void)
{
	if (!at_el2())
		SYSTEM_WRITE(cpacr_el1, SYSTEM_READ(cpacr_el1) | FPEN);
	else if (has_vhe())
		SYSTEM_WRITE(cptr_el2, SYSTEM_READ(cptr_el2) | FPEN);
	else
		SYSTEM_WRITE(cptr_el2, SYSTEM_READ(cptr_el2) & ~TFP);
	__asm__ volatile("isb");
}

void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	uint64_t mmfr0 = SYSTEM_READ(id_aa64mmfr0_el1);
	/* Addresses of 52 bits need tables of another form. */
	uint64_t width = (mmfr0 & 0xf) > 5 ? 5 : mmfr0 & 0xf;
	bool own_form = at_el2() && !has_vhe();
	uint64_t tcr = TCR_WALKS | (own_form ? TCR_EL2_RES1 | width << 16
					     : TCR_LOWER_ONLY | width << 32);
	bool has_4k_pages = (mmfr0 >> 28 & 0xf) != 0xf;

	mapped = has_4k_pages &&
		 map_all(VALID | SHARED | ACCESSED | (own_form ? EL2_ONLY : 0));
	/* Device memory takes no vector loads of any alignment. */
	if (!mapped)
		return 0;
	__asm__ volatile("dsb sy" : : : "memory");
	(void)mmu_on((uint64_t)(uintptr_t)tables, WRITE_BACK, tcr);
	features &= CPU_FEATURE_ARM64_SHA2 | CPU_FEATURE_ARM64_ASIMD;
	if (features != 0)
		vectors_on();
	return features;
}

/* The capture kernel writes to this memory before it has caches: nothing of it may be left in them. */
void machine_features_end(void)
{
	struct purgatory_head head;

	if (!mapped)
		return;
	mapped = false;
	purgatory_head_load(&head, purgatory_image);
	for (uint32_t i = 0; i < head.region_count; i++) {
		struct purgatory_region region;

		purgatory_region_load(&region, head.regions + i * PURGATORY_REGION_BYTES);
		cache_clean(region.start, region.start + region.size);
	}
	mmu_off();
}
