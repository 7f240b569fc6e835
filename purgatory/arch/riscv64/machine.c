/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "sbi.h"

/* The instructions work on integer registers: nothing is to be made ready. */
void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	return features & (CPU_FEATURE_RISCV64_ZKNH | CPU_FEATURE_RISCV64_ZBB);
}

void machine_features_end(void)
{
}

bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding, bool last)
{
	(void)head;
	(void)step;
	(void)finding;
	(void)last;
	return false;
}

void machine_reset(void)
{
	(void)sbi_call(SBI_SYSTEM_RESET, 0, SBI_SYSTEM_RESET_COLD, 0);
	/* Firmware before SBI 0.3 can only do this: an end that is seen, too. */
	(void)sbi_call(SBI_LEGACY_SHUTDOWN, 0, 0, 0);
}

void machine_last_resort(void)
{
	machine_reset();
}
