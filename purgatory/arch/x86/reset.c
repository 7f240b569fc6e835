/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"
#include "port_io.h"

#define RESET_CONTROL 0xcf9u /* Intel ICH/PCH, most chipsets since, QEMU */
#define RESET_HARD 0x02u     /* choose a hard reset... */
#define RESET_CPU 0x04u	     /* ...and pull it, by a rising edge */
#define KEYBOARD_STATUS 0x64u
#define KEYBOARD_COMMAND 0x64u
#define KEYBOARD_INPUT_FULL 0x02u
#define KEYBOARD_PULSE_RESET 0xfeu

/* Long enough for a chipset that resets at the end of a cycle of its own. */
#define SETTLE 50000u
#define PATIENCE 10000u

bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding, bool last)
{
	(void)head;
	(void)finding;
	(void)last;
	if (step->kind != POLICY_STEP_PVPANIC || step->arg0 > UINT16_MAX)
		return false;
	port_out8((uint16_t)step->arg0, 1); /* PVPANIC_PANICKED (QEMU docs/specs/pvpanic) */
	return true;
}

void machine_reset(void)
{
	port_out8(RESET_CONTROL, RESET_HARD);
	port_delay(50);
	port_out8(RESET_CONTROL, RESET_HARD | RESET_CPU);
	port_delay(SETTLE);
	/* 0xff is a bus without a controller; then the command is lost and costs nothing. */
	for (unsigned int i = 0; i < PATIENCE; i++)
		if ((port_in8(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL) == 0)
			break;
	port_out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
	port_delay(SETTLE);
	/* Shutdown by triple fault: nearly every board turns it into a reset. */
	machine_give_up();
}

void machine_last_resort(void)
{
	machine_reset();
}
