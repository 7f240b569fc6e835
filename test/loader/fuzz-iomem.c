/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is a memory map or is refused; an accepted one has ascending ranges. */
#include <stdlib.h>
#include <string.h>

#include "arch/x86/x86.h"
#include "machine/iomem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct iomem map;
	static struct e820 e820;
	static struct failure failure;
	char *const text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (iomem_parse(&map, text, size, &failure) == STATUS_OK) {
		for (uint32_t i = 0; i < map.ram.count; i++)
			if (map.ram.items[i].start >= map.ram.items[i].end ||
			    (i > 0 && map.ram.items[i].start <= map.ram.items[i - 1].end))
				abort();
		x86_memory_map(&map, (struct range){ 0x1000, 0x2000 }, &e820, &failure);
	}
	free(text);
	return 0;
}
