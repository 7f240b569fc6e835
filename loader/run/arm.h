/* SPDX-License-Identifier: Apache-2.0 */
/* From a bundle to what is armed. */
#ifndef ARM_H
#define ARM_H

#include "run/attempt.h"

/*
 * The bundle at a->path, as the options say: armed, or emitted, or only found good. After: the report,
 * and a->called.
 */
enum status arm_one(struct attempt *a);
/* Loads what was armed last, after a call that left nothing armed; `a->report` tells of it. */
void arm_last_good(struct attempt *a);

#endif
