/* SPDX-License-Identifier: Apache-2.0 */
/* Among several bundles the best: the highest epoch first, then in the order given. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "run/attempt.h"
#include "run/candidates.h"

/*
 * Judges every file that the options name, and of every folder that they name each *.crashseal. What
 * cannot be read, or holds no bundle, is a refusal like any other. Then arms the best one that passes
 * everything. After: a->report and a->failure are of that one; else of the
 * one that was tried first, or of the first that was named; c->chosen says which.
 */
enum status choose_and_arm(struct attempt *a, struct candidates *c);

#endif
