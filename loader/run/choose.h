/* SPDX-License-Identifier: Apache-2.0 */
/* Among several bundles the best: the highest epoch first, then in the order given. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "run/attempt.h"
#include "run/candidates.h"

/*
 * Arms the best one that passes everything. After: a->report and a->failure are of that one; else of the
 * one that was tried first, or of the first that was named; c->chosen says which.
 */
enum status choose_and_arm(struct attempt *a, struct candidates *c);

#endif
