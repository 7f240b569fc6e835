/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The EFI memory map of a capture kernel, by itself: efi-map PARAMETERS MAP ROOM [START-END]... writes it to its
 * standard output; a refusal's status, detail and message go to standard error, with exit code 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "arch/registry.h"
#include "elf_machine.h"

static size_t read_whole(const char *path, uint8_t *to, size_t room)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		exit(2);
	const size_t size = fread(to, 1, room, f);
	fclose(f);
	return size;
}

int main(int argc, char **argv)
{
	static uint8_t out[EFI_MAP_MAX];
	static struct failure failure;
	struct range segments[SEAL_SEGMENTS_MAX];
	uint8_t *const parameters = malloc(EFI_PARAMETERS_BYTES);
	uint8_t *const file = malloc(EFI_MAP_MAX);
	size_t used = 0;

	if (argc < 4 || argc > 4 + (int)SEAL_SEGMENTS_MAX || !parameters || !file)
		return 2;
	read_whole(argv[1], parameters, EFI_PARAMETERS_BYTES);
	const size_t size = read_whole(argv[2], file, EFI_MAP_MAX);
	/* Of just its size, so that a sanitizer sees who reads on. */
	uint8_t *const map = realloc(file, size > 0 ? size : 1);
	for (int i = 4; i < argc; i++) {
		char *end;
		segments[i - 4].start = strtoull(argv[i], &end, 16);
		segments[i - 4].end = strtoull(end + 1, NULL, 16);
	}
	const struct efi_request request = {
		.map = map,
		.map_size = size,
		.parameters = parameters,
		.segments = segments,
		.segment_count = (uint32_t)(argc - 4),
	};
	const enum status status = arch_find(ELF_MACHINE_IA64)
					   ->efi_memmap(&request, out, (size_t)strtoull(argv[3], NULL, 0),
							&used, &failure);
	if (status != STATUS_OK) {
		fprintf(stderr, "%s %s %s\n", status_name(status), detail_name(failure.detail),
			failure.message);
		return 1;
	}
	fwrite(out, 1, used, stdout);
	free(map);
	free(parameters);
	return 0;
}
