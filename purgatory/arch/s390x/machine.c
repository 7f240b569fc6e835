/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of machine.h that are one line here. */
#include "machine.h"

#include "cpu.h"
#include "cpu_features.h"
#include "stop.h"

/* In the start call only: before, the lowcore is that of a kernel which is alive. */
void machine_catch_exceptions(void)
{
	cpu_take_lowcore();
}

/* Asked once more, as asking costs nothing here: a dump may be moved to another machine. */
void machine_before_regions(const struct purgatory_head *head)
{
	(void)head;
}

uint64_t machine_features_begin(uint64_t features)
{
	return features == 0 ? 0 : features & cpu_features_detect();
}

void machine_features_end(void)
{
}

void machine_last_resort(void)
{
	/* An IPL would erase the one word that tells what happened. */
}

_Noreturn void machine_give_up(void)
{
	cpu_wait(WAIT_CODE_PROGRAM_CHECK);
}

_Noreturn void machine_halt(const struct finding *finding)
{
	stop(wait_code(finding));
}

_Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument)
{
	(void)argument;
	cpu_return_lowcore();
	cpu_enter(entry);
}
