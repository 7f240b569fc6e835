/* SPDX-License-Identifier: Apache-2.0 */
#include "stop.h"

#include "cpu.h"

#define SIGP_STATUS_STOPPED 0x40u
#define SIGP_STATUS_CHECK_STOP 0x10u

/* Of signals to one CPU, which take a microsecond or a few. */
#define PATIENCE 100000u

/* Interruption codes are below 0x80; the bit above tells of a PER event besides. */
#define INTERRUPTION_CODES 0x7fu

uint64_t wait_code(const struct finding *finding)
{
	switch (finding->kind) {
	case FINDING_HEAD:
		return WAIT_CODE_HEAD_STATIC;
	case FINDING_LIVE:
		return WAIT_CODE_HEAD_LIVE;
	case FINDING_VALUE:
		return WAIT_CODE_HEAD_VALUE;
	case FINDING_REGION:
		return WAIT_CODE_REGION_BAD + finding->index;
	case FINDING_EXCEPTION:
		return WAIT_CODE_PROGRAM_CHECK + (finding->vector & INTERRUPTION_CODES);
	case FINDING_MACHINE_CHECK:
		return WAIT_CODE_MACHINE_CHECK;
	}
	return WAIT_CODE_HEAD_STATIC;
}

static void stop_other(uint16_t address)
{
	uint32_t status;
	unsigned int tries = 0;

	/* The order is only taken note of: the CPU stops when it gets to it. */
	while (cpu_signal(address, SIGP_STOP, &status) == SIGP_BUSY && ++tries < PATIENCE)
		;
	for (tries = 0; tries < PATIENCE; tries++)
		if (cpu_signal(address, SIGP_SENSE, &status) == SIGP_STATUS_STORED &&
		    (status & (SIGP_STATUS_STOPPED | SIGP_STATUS_CHECK_STOP)) != 0)
			return;
}

void stop_others(void)
{
	uint16_t own = cpu_own_address();

	/* Which there are is known to the firmware, and asking each is simpler than asking that. */
	for (uint32_t address = 0; address <= UINT16_MAX; address++) {
		uint32_t status;

		if (address != own &&
		    cpu_signal((uint16_t)address, SIGP_SENSE, &status) != SIGP_NOT_OPERATIONAL)
			stop_other((uint16_t)address);
	}
}

_Noreturn void stop(uint64_t code)
{
	stop_others();
	cpu_wait(code);
}
