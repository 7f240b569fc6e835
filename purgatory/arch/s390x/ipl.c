/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that end in an IPL or in a disabled wait; none of them returns. */
#include "cpu.h"
#include "machine.h"
#include "message.h"
#include "stop.h"

/* Subcodes of DIAG 308 (CP Programming Services, "IPL functions"). */
#define DIAG308_LOAD_CLEAR 3u
#define DIAG308_LOAD_NORMAL_DUMP 4u
#define DIAG308_SET 5u

#define DIAG308_OK 0x0001u
#define DIAG308_BUSY 0x0302u

/* Of one second each: another list-directed dump may be under way. */
#define BUSY_TRIES 600u
/* A day: longer is a mistake, and the product with CLOCK_SECOND stays far from 2^64. */
#define LONGEST_DELAY 86400u

#define IPL_TESTING UINT64_C(1)

/* An address that ends so means "quiesce" to hypervisors: a clean shutdown, not a failure. */
#define QUIESCE 0xfffu

/* Costs no time where the clock does not run. */
static void delay(uint64_t seconds)
{
	uint64_t start;
	uint64_t now;

	if (!cpu_clock(&start))
		return;
	while (cpu_clock(&now) && now - start < seconds * CLOCK_SECOND)
		;
}

static _Noreturn void ipl(const struct purgatory_head *head, const struct purgatory_step *step)
{
	struct finding block;
	uint64_t result;

	if (!check_policy_region(head, step->arg0, &block)) {
		char buffer[MESSAGE_BYTES];
		struct text text;
		uint64_t index = step->arg0 < PURGATORY_MAX_REGIONS ? step->arg0
								    : PURGATORY_MAX_REGIONS - 1;

		text_init(&text, buffer, sizeof(buffer));
		message_finding(&text, head, &block);
		machine_console_put(buffer);
		stop(WAIT_CODE_IPL_BLOCK_BAD + index);
	}
	cpu_take_lowcore();
	stop_others();
	delay(step->arg1 < LONGEST_DELAY ? step->arg1 : LONGEST_DELAY);
	if (cpu_diag308(DIAG308_SET, block.start) != DIAG308_OK)
		stop(WAIT_CODE_IPL_BLOCK_REFUSED);
	for (unsigned int tries = 0;; tries++) {
		result = cpu_diag308(DIAG308_LOAD_NORMAL_DUMP, 0);
		if (result != DIAG308_BUSY || tries == BUSY_TRIES)
			break;
		delay(1);
	}
	/* Clears memory on a real machine. QEMU has nothing else, and does not clear. */
	if (result == DIAG308_TRAPPED && (step->arg2 & IPL_TESTING) != 0)
		(void)cpu_diag308(DIAG308_LOAD_CLEAR, 0);
	stop(result == DIAG308_BUSY ? WAIT_CODE_IPL_BUSY : WAIT_CODE_IPL_FAILED);
}

bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding)
{
	switch (step->kind) {
	case POLICY_STEP_IPL:
		ipl(head, step);
	case POLICY_STEP_WAIT:
		stop(step->arg0 == 0 || (step->arg0 & QUIESCE) == QUIESCE ? wait_code(finding)
									   : step->arg0);
	default:
		return false;
	}
}

/* From where this system was IPLed, or will be by /sys/firmware/reipl if that was set through. */
void machine_reset(void)
{
	cpu_take_lowcore();
	stop_others();
	(void)cpu_diag308(DIAG308_LOAD_CLEAR, 0);
	stop(WAIT_CODE_IPL_FAILED);
}
