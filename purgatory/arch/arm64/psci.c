/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware resets the machine (PSCI, Arm DEN 0022). Whether it is called by HVC or SMC the loader has read;
 * the wrong one is an undefined instruction, which leads here again.
 */
#include "machine.h"
#include "system.h"

#define PSCI_SYSTEM_RESET UINT64_C(0x84000009)

/* How many calls of the last resort have been tried. */
static volatile unsigned int given_up;

static void reset_by(bool hvc)
{
	register uint64_t x0 __asm__("x0") = PSCI_SYSTEM_RESET;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x2 __asm__("x2") = 0;
	register uint64_t x3 __asm__("x3") = 0;

	if (hvc)
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	else
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
}

/* The head may be what is corrupt: of two bits that contradict each other, none counts. */
static bool by_hvc(void)
{
	struct purgatory_head head;

	if (at_el2())
		return false;
	purgatory_head_load(&head, purgatory_image);
	return (head.cpu_features & CPU_FEATURE_ARM64_PSCI_SMC) == 0 ||
	       (head.cpu_features & CPU_FEATURE_ARM64_PSCI_HVC) != 0;
}

void machine_reset(void)
{
	reset_by(by_hvc());
}

void machine_last_resort(void)
{
	machine_reset();
}

/* Each undefined call comes back as an exception within an exception. */
_Noreturn void machine_give_up(void)
{
	unsigned int tried = given_up++;

	if (tried == 0)
		reset_by(false);
	if (tried <= 1 && !at_el2()) {
		given_up = 2;
		reset_by(true);
	}
	machine_halt(NULL);
}

/* A timer that has fired would wake the CPU for ever: the loop is for what else may. */
_Noreturn void machine_halt(const struct finding *finding)
{
	(void)finding;
	SYSTEM_WRITE(cntv_ctl_el0, UINT64_C(0));
	SYSTEM_WRITE(cntp_ctl_el0, UINT64_C(0));
	for (;;)
		__asm__ volatile("dsb sy\n\twfi");
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
