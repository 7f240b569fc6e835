/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purgatory as it is, with the s390x steps and console, on a machine of paper.
 * stdin: struct machine below as u32 each, then an image (loaded_image.h).
 * stdout: what the machine was asked, one line each.
 */
#include "bundle_format.h"
#include "cpu.h"
#include "io.h"
#include "loaded_image.h"
#include "purgatory.h"
#include "text.h"

#define NO_DAMAGE UINT32_MAX

enum {
	CALL,		/* 0 check, 1 start */
	DAMAGE,		/* offset of a byte to damage once loaded, or NO_DAMAGE */
	CPUS,		/* addresses 0 to here, less one; we are 0 */
	STUBBORN,	/* address of one that takes the order and never stops; 0 none */
	CLOCK_STOPPED,	/* 1: it does not run */
	SET_RESULT,	/* of DIAG 308 subcode 5; TRAP for a program check */
	DUMP_RESULT,	/* of subcode 4 */
	DUMP_BUSY,	/* how often subcode 4 says busy before */
	SCLP,		/* 0 sound, 1 not there, 2 never answers, 3 always busy, 4 busy until a signal is taken */
	LISTENERS,	/* consoles, as SCLP's receive mask */
	SETTINGS,
};

#define TRAP UINT32_MAX
#define HEADER_BYTES (4u * SETTINGS)

static uint8_t input[LOADED_MAX + HEADER_BYTES];
static uint32_t settings[SETTINGS];
static bool lowcore_taken;
static bool signal_pending;
static bool stopped[16];
static unsigned int busy_once[16];
static uint64_t clock_now;

static void tell(const char *what, uint64_t value)
{
	char buffer[96];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, what);
	text_put(&t, " ");
	text_hex(&t, value);
	text_put(&t, "\n");
	io_print(buffer);
}

void cpu_take_lowcore(void)
{
	if (!lowcore_taken)
		io_print("take lowcore\n");
	lowcore_taken = true;
}

void cpu_return_lowcore(void)
{
	io_print("return lowcore\n");
	lowcore_taken = false;
}

uint16_t cpu_own_address(void)
{
	return 0;
}

unsigned int cpu_signal(uint16_t address, enum sigp_order order, uint32_t *status)
{
	*status = 0;
	if (address >= settings[CPUS])
		return SIGP_NOT_OPERATIONAL;
	if (order == SIGP_STOP) {
		if (busy_once[address]++ == 0)
			return SIGP_BUSY;
		if (!stopped[address])
			tell("stop", address);
		stopped[address] = address != settings[STUBBORN];
		return SIGP_ACCEPTED;
	}
	if (!stopped[address])
		return SIGP_ACCEPTED;
	*status = 0x40;
	return SIGP_STATUS_STORED;
}

bool cpu_clock(uint64_t *now)
{
	if (settings[CLOCK_STOPPED] != 0)
		return false;
	clock_now += CLOCK_SECOND / 1000;
	*now = clock_now;
	return true;
}

uint64_t cpu_diag308(uint64_t subcode, uint64_t block)
{
	uint32_t result;

	if (!lowcore_taken)
		io_print("DIAG 308 could trap into the old kernel\n");
	tell("second", clock_now / CLOCK_SECOND);
	tell("diag308", subcode);
	switch (subcode) {
	case 5:
		tell("block", block - (uint64_t)(uintptr_t)loaded_image);
		result = settings[SET_RESULT];
		break;
	case 4:
		if (settings[DUMP_BUSY] > 0) {
			settings[DUMP_BUSY]--;
			return 0x302;
		}
		result = settings[DUMP_RESULT];
		break;
	default:
		io_print("ipl\n");
		io_exit(0);
	}
	return result == TRAP ? DIAG308_TRAPPED : result;
}

unsigned int cpu_service_call(uint32_t command, uint64_t address)
{
	uint8_t *sccb = (uint8_t *)(uintptr_t)address;
	uint32_t size = load16_be(sccb);

	if (!lowcore_taken)
		io_print("SCLP could signal the old kernel\n");
	if (settings[SCLP] == 1)
		return SIGP_NOT_OPERATIONAL;
	if (settings[SCLP] == 3)
		return SERVICE_CALL_BUSY;
	if (settings[SCLP] == 4) {
		signal_pending = true;
		return SERVICE_CALL_BUSY;
	}
	if (settings[SCLP] == 2)
		return SERVICE_CALL_ACCEPTED;
	store16_be(sccb + 6, 0x0020);
	signal_pending = true;
	if (command == 0x00780005) {
		store32_be(sccb + 20, settings[LISTENERS]);
	} else if (sccb[10] == 0x1a) {
		sccb[size] = '\0';
		io_print("ascii ");
		io_print((const char *)sccb + 14);
	} else {
		tell("message", load16_be(sccb + 82) - 10u);
	}
	return SERVICE_CALL_ACCEPTED;
}

bool cpu_service_signal(void)
{
	bool was = signal_pending;

	signal_pending = false;
	if (was && settings[SCLP] == 4)
		settings[SCLP] = 0;
	return was;
}

_Noreturn void cpu_enter(uint64_t address)
{
	tell("enter", address - (uint64_t)(uintptr_t)loaded_image);
	io_exit(0);
}

_Noreturn void cpu_wait(uint64_t code)
{
	tell("wait", code);
	io_exit(0);
}

int test_main(void)
{
	size_t size = io_read_all(input, sizeof(input));

	if (size < HEADER_BYTES || !load_image(input + HEADER_BYTES, size - HEADER_BYTES))
		return 2;
	for (size_t i = 0; i < SETTINGS; i++)
		settings[i] = load32_le(input + 4 * i);
	if (settings[DAMAGE] < LOADED_MAX)
		loaded_image[settings[DAMAGE]] ^= 0x10;
	else if (settings[DAMAGE] != NO_DAMAGE)
		return 2;
	if (settings[CALL] != 0)
		purgatory_start(loaded_image);
	tell("answer", purgatory_check(loaded_image));
	return 0;
}
