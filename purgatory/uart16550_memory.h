/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550 in memory. An architecture that has such consoles names uart16550_memory.c among its sources. */
#ifndef UART16550_MEMORY_H
#define UART16550_MEMORY_H

#include <stdbool.h>

#include "bundle_format.h"

/* Opens the console that `head` names; false where that is none of these. */
bool uart16550_memory_open(const struct purgatory_head *head);

#endif
