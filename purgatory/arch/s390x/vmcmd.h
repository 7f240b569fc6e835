/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMCMD_H
#define VMCMD_H

#include <stdbool.h>

#include "bundle_format.h"

/*
 * Gives CP, the control program of z/VM, the commands in the step's region. They may end this system's life.
 * Where there is no z/VM, or nothing sound to say, the step is passed over and says why. `last`: no other
 * kernel lives on in this system, so its CPUs are stopped before.
 */
void vmcmd(const struct purgatory_head *head, const struct purgatory_step *step, bool last);

#endif
