/* SPDX-License-Identifier: Apache-2.0 */
/* What it means that a file of the machine cannot be had. */
#ifndef UNREADABLE_H
#define UNREADABLE_H

#include "base/failure.h"

/* Tells what reading `path` for a live value failed with. */
enum status machine_unreadable(struct failure *f, const char *path, long error);

#endif
