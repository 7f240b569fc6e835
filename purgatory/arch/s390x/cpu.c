/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu.h"

/* Real addresses in the lowcore. */
#define EXTERNAL_PARAMETER 0x80u
#define EXTERNAL_CODE 0x86u
#define PROGRAM_CODE 0x8cu /* with the instruction's length before it */
#define BREAKING_EVENT_ADDRESS 0x110u
#define EXTERNAL_OLD_PSW 0x130u
#define PROGRAM_OLD_PSW 0x150u
#define EXTERNAL_NEW_PSW 0x1b0u
#define PROGRAM_NEW_PSW 0x1d0u
#define MACHINE_CHECK_NEW_PSW 0x1e0u

#define PSW_64_BIT UINT64_C(0x0000000180000000) /* supervisor, DAT off, all interrupts off */
#define PSW_EXTERNAL UINT64_C(0x0100000000000000)
#define PSW_MACHINE_CHECK UINT64_C(0x0004000000000000)
#define PSW_WAIT UINT64_C(0x0002000000000000)

#define CR0_LOW_ADDRESS_PROTECTION UINT64_C(0x10000000)
#define CR0_EXTERNAL_SUBCLASSES UINT64_C(0xffff)
#define CR0_CLOCK_COMPARATOR UINT64_C(0x800)
#define CR0_SERVICE_SIGNAL UINT64_C(0x200)
/* Channel reports and the like: only what stops this CPU from computing is of interest. */
#define CR14_SUBCLASSES UINT64_C(0x1f000000)

#define SERVICE_SIGNAL 0x2401u

/* The compiler takes a line of assembly for one instruction, and would repeat it at every caller. */
#define ONE_COPY __attribute__((noinline))

struct psw {
	uint64_t mask;
	uint64_t address;
};

/* entry.S */
extern const uint8_t program_check_enter[];
extern const uint8_t machine_check_enter[];

static bool taken;
static uint64_t mask_before;
static uint64_t cr0_before;
static uint64_t cr14_before;
static struct psw external_before;
static struct psw external_old_before;
static uint64_t external_parameter_before;
static struct psw program_before;
static struct psw program_old_before;
static uint32_t program_code_before;
static uint64_t breaking_event_before;
static struct psw machine_check_before;

static struct psw read_psw(unsigned int at)
{
	const volatile struct psw *psw = (const volatile struct psw *)(uintptr_t)at;

	return (struct psw){ psw->mask, psw->address };
}

static void write_psw(unsigned int at, uint64_t mask, uint64_t address)
{
	volatile struct psw *psw = (volatile struct psw *)(uintptr_t)at;

	psw->mask = mask;
	psw->address = address;
}

/* Goes on after it, with another mask. */
static ONE_COPY void set_mask(uint64_t mask)
{
	struct psw psw = { mask, 0 };
	uint64_t next;

	__asm__ volatile("\tlarl\t%0, 0f\n"
			 "\tstg\t%0, 8(%1)\n"
			 "\tlpswe\t0(%1)\n"
			 "0:\n"
			 : "=&d"(next)
			 : "a"(&psw), "m"(psw)
			 : "cc", "memory");
}

static uint64_t read_mask(void)
{
	uint64_t high;
	uint64_t low;

	__asm__ volatile("epsw %0, %1" : "=d"(high), "=a"(low));
	return high << 32 | (low & UINT32_MAX);
}

static volatile uint64_t *external_parameter(void)
{
	return (volatile uint64_t *)(uintptr_t)EXTERNAL_PARAMETER;
}

static volatile uint32_t *program_code(void)
{
	return (volatile uint32_t *)(uintptr_t)PROGRAM_CODE;
}

static volatile uint64_t *breaking_event(void)
{
	return (volatile uint64_t *)(uintptr_t)BREAKING_EVENT_ADDRESS;
}

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("stctg %%c0, %%c0, %0" : "=S"(value));
	return value;
}

static uint64_t read_cr14(void)
{
	uint64_t value;

	__asm__ volatile("stctg %%c14, %%c14, %0" : "=S"(value));
	return value;
}

static void write_cr0(uint64_t value)
{
	__asm__ volatile("lctlg %%c0, %%c0, %0" : : "S"(value) : "memory");
}

static void write_cr14(uint64_t value)
{
	__asm__ volatile("lctlg %%c14, %%c14, %0" : : "S"(value) : "memory");
}

void cpu_take_lowcore(void)
{
	if (taken)
		return;
	taken = true;
	mask_before = read_mask();
	set_mask(PSW_64_BIT);
	cr0_before = read_cr0();
	cr14_before = read_cr14();
	write_cr0((cr0_before & ~(CR0_LOW_ADDRESS_PROTECTION | CR0_EXTERNAL_SUBCLASSES)) |
		  CR0_SERVICE_SIGNAL);
	write_cr14(cr14_before & ~CR14_SUBCLASSES);
	external_before = read_psw(EXTERNAL_NEW_PSW);
	external_old_before = read_psw(EXTERNAL_OLD_PSW);
	external_parameter_before = *external_parameter();
	program_before = read_psw(PROGRAM_NEW_PSW);
	program_old_before = read_psw(PROGRAM_OLD_PSW);
	program_code_before = *program_code();
	breaking_event_before = *breaking_event();
	machine_check_before = read_psw(MACHINE_CHECK_NEW_PSW);
	write_psw(PROGRAM_NEW_PSW, PSW_64_BIT, (uint64_t)(uintptr_t)program_check_enter);
	write_psw(MACHINE_CHECK_NEW_PSW, PSW_64_BIT, (uint64_t)(uintptr_t)machine_check_enter);
	set_mask(PSW_64_BIT | PSW_MACHINE_CHECK);
}

void cpu_return_lowcore(void)
{
	if (!taken)
		return;
	set_mask(PSW_64_BIT);
	write_psw(EXTERNAL_NEW_PSW, external_before.mask, external_before.address);
	write_psw(PROGRAM_NEW_PSW, program_before.mask, program_before.address);
	write_psw(MACHINE_CHECK_NEW_PSW, machine_check_before.mask,
		      machine_check_before.address);
	write_psw(EXTERNAL_OLD_PSW, external_old_before.mask, external_old_before.address);
	*external_parameter() = external_parameter_before;
	write_psw(PROGRAM_OLD_PSW, program_old_before.mask, program_old_before.address);
	*program_code() = program_code_before;
	*breaking_event() = breaking_event_before;
	write_cr14(cr14_before);
	write_cr0(cr0_before);
	taken = false;
	set_mask(mask_before);
}

uint16_t cpu_own_address(void)
{
	uint16_t address;

	__asm__ volatile("stap %0" : "=Q"(address));
	return address;
}

uint64_t cpu_prefix(void)
{
	uint32_t prefix;

	__asm__ volatile("stpx %0" : "=Q"(prefix));
	return prefix;
}

unsigned int cpu_signal(uint16_t address, enum sigp_order order, uint32_t *status)
{
	/* An odd register serves as parameter and as status. */
	register uint64_t r1 __asm__("r1") = 0;
	uint32_t cc;

	__asm__ volatile("\tsigp\t%1, %2, 0(%3)\n"
			 "\tipm\t%0\n"
			 "\tsrl\t%0, 28\n"
			 : "=&d"(cc), "+d"(r1)
			 : "d"((uint64_t)address), "a"((uint64_t)order)
			 : "cc", "memory");
	*status = (uint32_t)r1;
	return cc;
}

bool cpu_clock(uint64_t *now)
{
	uint32_t cc;

	__asm__ volatile("\tstck\t%1\n"
			 "\tipm\t%0\n"
			 "\tsrl\t%0, 28\n"
			 : "=d"(cc), "=Q"(*now)
			 :
			 : "cc");
	return cc <= 1; /* 1: runs, but nobody has set it */
}

/* An enabled wait until the next interruption of the subclasses that are on. */
static ONE_COPY void wait_for_external(void)
{
	struct psw psw = { PSW_64_BIT | PSW_EXTERNAL | PSW_MACHINE_CHECK | PSW_WAIT, 0 };
	uint64_t next;

	write_psw(EXTERNAL_NEW_PSW, PSW_64_BIT, 0);
	__asm__ volatile("\tlarl\t%[next], 0f\n"
			 "\tstg\t%[next], %c[address](%%r0)\n"
			 "\tstg\t%[next], 8(%[psw])\n"
			 "\tlpswe\t0(%[psw])\n"
			 "0:\n"
			 : [next] "=&d"(next)
			 : [psw] "a"(&psw), [address] "i"(EXTERNAL_NEW_PSW + 8), "m"(psw)
			 : "cc", "memory");
}

bool cpu_sleep(uint64_t until, bool service_signal)
{
	const volatile uint16_t *code = (const volatile uint16_t *)(uintptr_t)EXTERNAL_CODE;
	uint64_t cr0 = read_cr0();
	bool came = false;
	uint64_t before;
	uint64_t now;

	__asm__ volatile("stckc %0" : "=Q"(before));
	__asm__ volatile("sckc %0" : : "Q"(until));
	write_cr0((cr0 & ~CR0_EXTERNAL_SUBCLASSES) | CR0_CLOCK_COMPARATOR |
		  (service_signal ? CR0_SERVICE_SIGNAL : 0));
	while (!came && cpu_clock(&now) && now < until) {
		wait_for_external();
		came = *code == SERVICE_SIGNAL;
	}
	set_mask(PSW_64_BIT | PSW_MACHINE_CHECK);
	write_cr0(cr0);
	__asm__ volatile("sckc %0" : : "Q"(before));
	return came;
}

/* The program new PSW points after the instruction; an interruption keeps all registers. */
#define ATTEMPT(instruction)                         \
	"\tlarl\t%[trapped], 0f\n"                    \
	"\tstg\t%[trapped], %c[address](%%r0)\n"      \
	"\tlghi\t%[trapped], 1\n" instruction        \
	"\tlghi\t%[trapped], 0\n"                     \
	"0:\n"

static ONE_COPY uint64_t attempted(uint64_t trapped, uint64_t result)
{
	write_psw(PROGRAM_NEW_PSW, PSW_64_BIT, (uint64_t)(uintptr_t)program_check_enter);
	if (trapped == 0)
		return result;
	set_mask(PSW_64_BIT | PSW_MACHINE_CHECK);
	return CPU_TRAPPED;
}

uint64_t cpu_diag308(uint64_t subcode, uint64_t block)
{
	register uint64_t r2 __asm__("r2") = block;
	register uint64_t r3 __asm__("r3") = 0;
	uint64_t trapped;

	__asm__ volatile(ATTEMPT("\tdiag\t%[r2], %[subcode], 0x308\n")
			 : [trapped] "=&d"(trapped), [r2] "+d"(r2), "+d"(r3)
			 : [subcode] "d"(subcode), [address] "i"(PROGRAM_NEW_PSW + 8)
			 : "cc", "memory");
	return attempted(trapped, r3);
}

uint64_t cpu_diag8(const uint8_t *commands, uint32_t size)
{
	uint64_t trapped;
	uint64_t r = size;

	/* In any addressing mode since z/VM 5.4; the commands may lie anywhere. */
	__asm__ volatile(ATTEMPT("\tdiag\t%[commands], %[r], 0x8\n")
			 : [trapped] "=&d"(trapped), [r] "+d"(r)
			 : [commands] "d"(commands), [address] "i"(PROGRAM_NEW_PSW + 8)
			 : "cc", "memory");
	return attempted(trapped, r & UINT32_MAX);
}

uint64_t cpu_checksum(uint64_t start, uint64_t size)
{
	register uint64_t r2 __asm__("r2") = start;
	register uint64_t r3 __asm__("r3") = size;
	uint64_t trapped;
	uint64_t sum = 0;

	/* It may stop on its way, and says so. */
	__asm__ volatile(ATTEMPT("1:\tcksm\t%[sum], %[r2]\n"
				 "\tjo\t1b\n")
			 : [trapped] "=&d"(trapped), [sum] "+d"(sum), [r2] "+a"(r2), "+d"(r3)
			 : [address] "i"(PROGRAM_NEW_PSW + 8)
			 : "cc", "memory");
	return attempted(trapped, sum & UINT32_MAX);
}

uint64_t cpu_channel_call(uint8_t page[4096])
{
	uint64_t trapped;
	uint64_t cc = 0;

	__asm__ volatile(ATTEMPT("\t.insn\trre, 0xb25f0000, %[page], %%r0\n" /* CHSC */
				 "\tipm\t%[cc]\n"
				 "\tsrl\t%[cc], 28\n")
			 : [trapped] "=&d"(trapped), [cc] "+d"(cc)
			 : [page] "a"(page), [address] "i"(PROGRAM_NEW_PSW + 8)
			 : "cc", "memory");
	return attempted(trapped, cc);
}

uint64_t cpu_store_subchannel(uint32_t subchannel, uint8_t schib[SCHIB_BYTES])
{
	register uint64_t r1 __asm__("r1") = subchannel;
	uint64_t trapped;
	uint64_t cc = 0;

	__asm__ volatile(ATTEMPT("\tstsch\t0(%[schib])\n"
				 "\tipm\t%[cc]\n"
				 "\tsrl\t%[cc], 28\n")
			 : [trapped] "=&d"(trapped), [cc] "+d"(cc)
			 : "d"(r1), [schib] "a"(schib), [address] "i"(PROGRAM_NEW_PSW + 8)
			 : "cc", "memory");
	return attempted(trapped, cc);
}

unsigned int cpu_service_call(uint32_t command, uint64_t sccb)
{
	uint32_t cc;

	__asm__ volatile("\t.insn\trre, 0xb2200000, %1, %2\n" /* SERVC */
			 "\tipm\t%0\n"
			 "\tsrl\t%0, 28\n"
			 : "=&d"(cc)
			 : "d"(command), "a"(sccb)
			 : "cc", "memory");
	return cc;
}

bool cpu_service_signal(void)
{
	const volatile uint16_t *code = (const volatile uint16_t *)(uintptr_t)EXTERNAL_CODE;
	uint8_t before;
	uint64_t came;

	write_psw(EXTERNAL_NEW_PSW, PSW_64_BIT, 0);
	/* External interrupts are on for one instruction, as with cpu_diag308() else. */
	__asm__ volatile("\tlarl\t%[came], 0f\n"
			 "\tstg\t%[came], %c[address](%%r0)\n"
			 "\tlghi\t%[came], 1\n"
			 "\tstosm\t%[before], 0x01\n"
			 "\tstnsm\t%[before], 0xfe\n"
			 "\tlghi\t%[came], 0\n"
			 "0:\n"
			 : [came] "=&d"(came), [before] "=Q"(before)
			 : [address] "i"(EXTERNAL_NEW_PSW + 8)
			 : "cc", "memory");
	if (came == 0)
		return false;
	set_mask(PSW_64_BIT | PSW_MACHINE_CHECK);
	return *code == SERVICE_SIGNAL;
}

_Noreturn void cpu_enter(uint64_t address)
{
	struct psw psw = { PSW_64_BIT, address };

	__asm__ volatile("lpswe %0" : : "Q"(psw) : "memory");
	__builtin_unreachable();
}

_Noreturn void cpu_wait(uint64_t code)
{
	struct psw psw = { PSW_64_BIT | PSW_WAIT, code };

	__asm__ volatile("lpswe %0" : : "Q"(psw) : "memory");
	__builtin_unreachable();
}
