/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that only this architecture has. Those that end in an IPL or in a disabled wait do not return. */
#include "byteorder.h"
#include "cpu.h"
#include "machine.h"
#include "message.h"
#include "reipl.h"
#include "stop.h"
#include "vmcmd.h"

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

/* In a block: the device's set, then its number. */
#define DEVICE_BYTES 3u
_Static_assert(IPL_CCW_AT_DEVNO == IPL_CCW_AT_SSID + 1, "after the set");
_Static_assert(IPL_ECKD_AT_DEVNO == IPL_ECKD_AT_SSID + 1, "after the set");
_Static_assert(IPL_FCP_AT_DEVNO == IPL_ECKD_AT_DEVNO, "as in a block for DASD");

/* Channel subsystem, as Linux has it in drivers/s390/cio; all numbers big-endian. */
#define SUBCHANNEL_ONE 0x10000u /* in every subchannel's identification, with its set above */
#define SUBCHANNEL_SET_SHIFT 17u
#define SUBCHANNEL_SETS 4u
#define SCHIB_DEVICE 4u /* a word: flags, then the device number */
#define SCHIB_DEVICE_MASK 0x1ffffu
#define SCHIB_DEVICE_VALID 0x10000u

/* Enable facility (CHSC 0x0031), operation "multiple subchannel sets". */
enum {
	FACILITY_REQUEST = 0,
	FACILITY_OPERATION = 4,
	FACILITY_RESPONSE = 0x400,
};
#define FACILITY_REQUEST_VALUE 0x04000031u /* length and command */
#define FACILITY_SUBCHANNEL_SETS 2u
#define FACILITY_ENABLED 1u

/* An address that ends so means "quiesce" to hypervisors: a clean shutdown, not a failure. */
#define QUIESCE 0xfffu

/* Costs no time where the clock does not run. */
static void delay(uint64_t seconds)
{
	uint64_t now;

	if (seconds != 0 && cpu_clock(&now))
		(void)cpu_sleep(now + seconds * CLOCK_SECOND, false);
}

/* Off after a reset, and then all sets but the first are out of sight. */
static bool subchannel_sets_enabled(void)
{
	static _Alignas(4096) uint8_t page[4096];

	store32_be(page + FACILITY_REQUEST, FACILITY_REQUEST_VALUE);
	store32_be(page + FACILITY_OPERATION, FACILITY_SUBCHANNEL_SETS);
	return cpu_channel_call(page) == 0 &&
	       load16_be(page + FACILITY_RESPONSE + 2) == FACILITY_ENABLED;
}

/*
 * True if the channel subsystem knows for certain that the device of an IPL parameter block is not
 * there: all subchannels of its set were seen, and none has its number. Paths are not asked for,
 * and any doubt is left to DIAG 308.
 */
static bool is_missing(const struct finding *block)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)block->start;
	_Alignas(4) uint8_t schib[SCHIB_BYTES];
	bool seen = false;
	uint32_t device;
	uint32_t set;
	uint32_t at;

	switch (bytes[IPL_CCW_AT_TYPE]) {
	case IPL_TYPE_CCW:
		at = IPL_CCW_AT_SSID;
		break;
	case IPL_TYPE_FCP: /* knows no sets, and has a zero there */
	case IPL_TYPE_ECKD:
		at = IPL_ECKD_AT_SSID;
		break;
	default:
		return false;
	}
	if (block->size < at + DEVICE_BYTES)
		return false;
	set = bytes[at];
	device = load16_be(bytes + at + 1);
	if (set >= SUBCHANNEL_SETS || (set != 0 && !subchannel_sets_enabled()))
		return false;
	for (uint32_t number = 0; number <= UINT16_MAX; number++) {
		uint64_t answer = cpu_store_subchannel(
			SUBCHANNEL_ONE | set << SUBCHANNEL_SET_SHIFT | number, schib);

		if (answer == CPU_TRAPPED)
			return false;
		if (answer != 0)
			continue;
		if ((load32_be(schib + SCHIB_DEVICE) & SCHIB_DEVICE_MASK) ==
		    (SCHIB_DEVICE_VALID | device))
			return false;
		seen = true;
	}
	return seen;
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
	if (is_missing(&block)) {
		machine_console_put("crashseal: the IPL device is missing\r\n");
		stop(WAIT_CODE_IPL_DEVICE_MISSING);
	}
	if ((step->arg2 & IPL_FLAG_THEN_REIPL) != 0)
		reipl_name_block();
	for (unsigned int tries = 0;; tries++) {
		result = cpu_diag308(DIAG308_LOAD_NORMAL_DUMP, 0);
		if (result != DIAG308_BUSY || tries == BUSY_TRIES)
			break;
		delay(1);
	}
	/* Clears memory on a real machine. QEMU has nothing else, and does not clear. */
	if (result == CPU_TRAPPED && (step->arg2 & IPL_FLAG_TESTING) != 0)
		(void)cpu_diag308(DIAG308_LOAD_CLEAR, 0);
	stop(result == DIAG308_BUSY ? WAIT_CODE_IPL_BUSY : WAIT_CODE_IPL_FAILED);
}

bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding, bool last)
{
	switch (step->kind) {
	case POLICY_STEP_VMCMD:
		vmcmd(head, step, last);
		return true;
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
