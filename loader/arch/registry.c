/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/registry.h"

#include <stddef.h>

#include "base/efi.h"

/* LOADER_TARGETS(X) calls X with the name of each. */
#define ARCH_DECLARE(name) extern const struct arch arch_##name;
LOADER_TARGETS(ARCH_DECLARE)
#undef ARCH_DECLARE

const bool arch_has_trees = LOADER_TREES;
const bool arch_has_firmware = LOADER_FIRMWARE;
const bool elf_has_32 = LOADER_ELF32;
const bool arch_shows_others = LOADER_SHOWS_OTHERS;
const bool efi_has_maps = LOADER_SHOWS_OTHERS;

static const struct arch *const all[] = {
#define ARCH_ADDRESS(name) &arch_##name,
	LOADER_TARGETS(ARCH_ADDRESS)
#undef ARCH_ADDRESS
};

const struct arch *arch_find(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->machine == machine)
			return all[i];
	return NULL;
}

const struct arch *arch_native(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (str_equal(all[i]->name, LOADER_NATIVE))
			return all[i];
	return NULL;
}

enum status arch_of_seal(const struct seal *seal, bool foreign, const struct arch **found,
			 struct failure *f)
{
	const struct seal_header *h = &seal->header;
	const struct arch *arch = arch_find(h->machine);
	const struct arch *native = arch_native();

	if (!arch || (!foreign && arch != native)) {
		struct text *t = failure_begin(f, STATUS_WRONG_ARCH);
		text_put(t, "the bundle is for ");
		if (arch)
			text_put(t, arch->name);
		else
			text_put(t, "an architecture this loader does not know, ELF machine ");
		if (!arch)
			text_decimal(t, h->machine);
		if (arch && native) {
			text_put(t, ", this machine is ");
			text_put(t, native->name);
		}
		return failure_end(f, NULL);
	}
	if (arch->byte_order != h->byte_order) {
		fail(f, STATUS_BAD_SEAL, "the seal does not have the byte order of its architecture", NULL);
		failure_detail(f, DETAIL_FOREIGN_BYTE_ORDER);
		return STATUS_BAD_SEAL;
	}
	*found = arch;
	return STATUS_OK;
}
