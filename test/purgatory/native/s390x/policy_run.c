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
	DEVICE,		/* set << 16 | number of the one device that is there, or NO_DEVICE */
	CHANNELS,	/* 0 sound, 1 no such subchannel anywhere, 2 STSCH traps, 3 the device's number is not valid */
	SETS,		/* 0 can be enabled, 1 answered that they cannot, 2 no answer, 3 CHSC traps */
	OS_INFO,	/* the dead kernel's description of itself: 0 sound, 1 none, 2 where no memory is, 3 damaged, 4 its block damaged */
	CP_RESULT,	/* of DIAG 8; TRAP where there is no z/VM */
	SETTINGS,
};

#define NO_DEVICE UINT32_MAX
/* Not the last of its set: the set ends, for QEMU too, with one that is not operational. */
#define DEVICE_AT 0xff07u
#define LAST_SUBCHANNEL 0xff10u

#define TRAP UINT32_MAX
#define HEADER_BYTES (4u * SETTINGS)

static uint8_t input[LOADED_MAX + HEADER_BYTES];
static uint32_t settings[SETTINGS];
static bool lowcore_taken;
static bool signal_pending;
static bool stopped[16];
static unsigned int busy_once[16];
static bool sets_enabled;
static uint64_t clock_now;
static unsigned int clock_reads;

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
	if (lowcore_taken)
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
	clock_reads++;
	clock_now += CLOCK_SECOND / 1000;
	*now = clock_now;
	return true;
}

bool cpu_sleep(uint64_t until, bool service_signal)
{
	if (!lowcore_taken)
		io_print("the clock could interrupt the old kernel\n");
	if (service_signal && cpu_service_signal())
		return true;
	if (!service_signal)
		tell("sleep", (until - clock_now) / CLOCK_SECOND);
	clock_now = until;
	return false;
}

/* Ones' complement sum of big-endian words, as CKSM has it. */
static uint32_t sum_of(const uint8_t *at, uint64_t size)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < size; i++) {
		sum += (uint64_t)at[i] << (24 - 8 * (i % 4));
		sum = (sum & UINT32_MAX) + (sum >> 32);
	}
	return (uint32_t)sum;
}

/* Absolute storage, as far as it matters. */
static uint8_t lowcore[0x2000];
static _Alignas(4096) uint8_t os_info[4096];
static uint8_t reipl_block[200] = "re-IPL";

uint64_t cpu_prefix(void)
{
	store64_be(os_info, UINT64_C(0x4f53494e464f535a));
	store64_be(os_info + 52, (uint64_t)(uintptr_t)reipl_block);
	store64_be(os_info + 60, sizeof(reipl_block));
	store32_be(os_info + 68, sum_of(reipl_block, sizeof(reipl_block)));
	store32_be(os_info + 8, sum_of(os_info + 12, sizeof(os_info) - 12));
	if (settings[OS_INFO] != 1)
		store64_be(lowcore + 0xe18, settings[OS_INFO] == 2 ? 0x1000 : (uint64_t)(uintptr_t)os_info);
	os_info[100] ^= settings[OS_INFO] == 3;
	reipl_block[100] ^= settings[OS_INFO] == 4;
	return (uint64_t)(uintptr_t)lowcore;
}

uint64_t cpu_checksum(uint64_t start, uint64_t size)
{
	if (!lowcore_taken)
		io_print("CKSM could trap into the old kernel\n");
	return start == 0x1000 ? CPU_TRAPPED : sum_of((const uint8_t *)(uintptr_t)start, size);
}

static void tell_reipl(void)
{
	uint64_t block = load64_be(lowcore + 0xe00);

	if (block == (uint64_t)(uintptr_t)reipl_block &&
	    load32_be(lowcore + 0xe08) == sum_of(reipl_block, sizeof(reipl_block)))
		io_print("then re-IPL\n");
	else if (block != 0)
		io_print("another re-IPL\n");
}

uint64_t cpu_diag308(uint64_t subcode, uint64_t block)
{
	uint32_t result;

	if (!lowcore_taken)
		io_print("DIAG 308 could trap into the old kernel\n");
	if (clock_reads > 2000)
		io_print("spun on the clock\n");
	tell("second", clock_now / CLOCK_SECOND);
	tell("diag308", subcode);
	switch (subcode) {
	case 5:
		tell("block", block - (uint64_t)(uintptr_t)loaded_image);
		result = settings[SET_RESULT];
		break;
	case 4:
		tell_reipl();
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
	return result == TRAP ? CPU_TRAPPED : result;
}

uint64_t cpu_diag8(const uint8_t *commands, uint32_t size)
{
	char buffer[600];
	struct text t;

	if (!lowcore_taken)
		io_print("DIAG 8 could trap into the old kernel\n");
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "diag8 ");
	text_bytes(&t, commands, size);
	text_put(&t, "\n");
	io_print(buffer);
	return settings[CP_RESULT] == TRAP ? CPU_TRAPPED : settings[CP_RESULT];
}

uint64_t cpu_channel_call(uint8_t page[4096])
{
	if (!lowcore_taken)
		io_print("CHSC could trap into the old kernel\n");
	tell("chsc", load32_be(page));
	tell("operation", load32_be(page + 4));
	tell("page", (uint64_t)(uintptr_t)page & 0xfff);
	if (settings[SETS] >= 2)
		return settings[SETS] == 2 ? 3 : CPU_TRAPPED;
	store16_be(page + 0x402, settings[SETS] == 0 ? 0x0001 : 0x0101);
	sets_enabled = settings[SETS] == 0;
	return 0;
}

uint64_t cpu_store_subchannel(uint32_t subchannel, uint8_t schib[SCHIB_BYTES])
{
	uint32_t set = subchannel >> 17 & 3;
	uint32_t number = subchannel & 0xffff;
	uint32_t device = settings[DEVICE];

	if (!lowcore_taken)
		io_print("STSCH could trap into the old kernel\n");
	if ((subchannel & ~0x7ffffu) != 0 || (subchannel & 0x10000) == 0 ||
	    ((uintptr_t)schib & 3) != 0 || (set != 0 && !sets_enabled) || settings[CHANNELS] == 2)
		return CPU_TRAPPED;
	if (settings[CHANNELS] == 1 || number > LAST_SUBCHANNEL)
		return 3;
	/* A number without a device after it, and devices with other numbers. */
	store32_be(schib + 4, number % 2 == 0 ? device & 0xffff : 0x10000 | (number & 0xfff));
	if (number == DEVICE_AT)
		store32_be(schib + 4, device != NO_DEVICE && device >> 16 == set && settings[CHANNELS] != 3 ?
					      0x00810000 | (device & 0xffff) :
					      0);
	return 0;
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
