/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EFI_H
#define EFI_H

#include <stdbool.h>

/* Does this program know an architecture that is told of memory by an EFI memory map? The linker drops what only that needs. */
extern const bool efi_has_maps;

#endif
