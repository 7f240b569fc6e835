/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a revocation list whose entries lie inside, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	struct bytes entries;
	const char *why;

	memcpy(copy, data, size);
	why = revocation_parse((struct bytes){ copy, size }, &entries);
	if (why == NULL ? entries.data + entries.size != copy + size : why[0] == '\0')
		abort();
	free(copy);
	return 0;
}
