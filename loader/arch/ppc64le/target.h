/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PPC64LE_TARGET_H
#define PPC64LE_TARGET_H

#include "machine/machine.h"

/* Pages of many kernels; addresses of smaller ones are rounded to it too. */
#define PAGE_BYTES 0x10000u

/* What of the tree's firmware lies in memory: RTAS, OPAL, tables of DMA windows. Calls back for each. */
bool ppc64le_firmware_each(const void *fdt, bool (*each)(void *context, struct range r), void *context);

/* loader/arch/ppc64le/tree.c: the hook device_tree. */
enum status ppc64le_device_tree(const struct machine *m, void *fdt, struct failure *f);

#endif
