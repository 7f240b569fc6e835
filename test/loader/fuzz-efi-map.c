/* SPDX-License-Identifier: Apache-2.0 */
/* Boot parameters, three segments and a map, of whatever bytes: the result has room, and each segment stands in it. */
#include <stdlib.h>

#include "arch/registry.h"
#include "elf_machine.h"
#include "memory.h"

#define SEGMENTS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[EFI_MAP_MAX];
	static struct failure failure;
	struct range segments[SEGMENTS];
	uint64_t from = 0;
	size_t used = 0;

	if (size < EFI_PARAMETERS_BYTES + 8 * SEGMENTS || size > EFI_MAP_MAX)
		return 0;
	const uint8_t *at = data + EFI_PARAMETERS_BYTES;
	for (uint32_t i = 0; i < SEGMENTS; i++, at += 8) {
		/* Sorted, of whole pages, apart: as they are once they are placed. */
		segments[i].start = from + ((uint64_t)load32_le(at) << 12);
		segments[i].end = segments[i].start + (((uint64_t)load32_le(at + 4) % 1024 + 1) << 12);
		from = segments[i].end;
	}
	const size_t map_size = size - (size_t)(at - data);
	uint8_t *const map = malloc(map_size > 0 ? map_size : 1);
	mem_copy(map, at, map_size);
	const struct efi_request request = { map, map_size, data, segments, SEGMENTS };
	const enum status status = arch_find(ELF_MACHINE_IA64)
					   ->efi_memmap(&request, out, sizeof(out), &used, &failure);
	if (status == STATUS_OK) {
		const size_t stride = (size_t)load64_le(data + 32);
		uint32_t found = 0;

		if (used > sizeof(out) || used % stride != 0)
			abort();
		for (size_t offset = 0; offset < used; offset += stride)
			if (load32_le(out + offset) == 2 && found < SEGMENTS &&
			    load64_le(out + offset + 8) == segments[found].start &&
			    load64_le(out + offset + 24) << 12 ==
				    segments[found].end - segments[found].start)
				found++;
		if (found != SEGMENTS)
			abort();
	}
	free(map);
	return 0;
}
