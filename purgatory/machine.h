/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What purgatory asks of the machine: arch/<arch>/ answers.
 * Every wait in it is bounded, so that a dead device cannot keep the policy from its last step.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle_format.h"
#include "check.h"

/* Takes over the CPU's exceptions; each leads to purgatory_exception(). */
void machine_catch_exceptions(void);

/*
 * The head may be believed, its live part too, and no region has been looked at: what must be done now or never.
 */
void machine_before_regions(const struct purgatory_head *head);

/* Makes ready what `features` (enum cpu_feature) need and returns those that may be used now. */
uint64_t machine_features_begin(uint64_t features);
/* Puts back what machine_features_begin() changed. */
void machine_features_end(void);

/*
 * A console that is not there, or not known, swallows what is put. `shared`: the old kernel lives on, and its
 * driver of the same console with it; where it is at work, nothing is put.
 */
void machine_console_open(const struct purgatory_head *head, bool shared);
void machine_console_put(const char *text);
/* Waits until the last character has left, so that a reset does not cut the line. */
void machine_console_drain(void);

/* Gives back what machine_console_open() took from a kernel that lives on. */
void machine_console_close(void);

/* Runs a step that only some machines have; false where it is not known. `last`: no old kernel lives on. */
bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding, bool last);

/* Resets; returns where nothing did. */
void machine_reset(void);
/* What is better than a halt when there is no policy left; returns where nothing is. */
void machine_last_resort(void);
/* The last thing that can be done, with an exception inside an exception. */
_Noreturn void machine_give_up(void);
/* Stops for good, and shows why where the machine has a place for that. */
_Noreturn void machine_halt(const struct finding *finding);

_Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument);

#endif
