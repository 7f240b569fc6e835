/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a signature whose parts lie inside, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int outside(struct cms_bytes part, const uint8_t *whole, size_t size)
{
	return part.data < whole || part.size > size ||
	       (size_t)(part.data - whole) > size - part.size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	static struct failure failure;
	struct cms cms;

	memcpy(copy, data, size);
	if (cms_parse(&cms, copy, size, &failure) != STATUS_OK) {
		if (failure.status != STATUS_BAD_SIGNATURE || failure.message[0] == '\0')
			abort();
	} else {
		if (cms.certificate_count == 0 || outside(cms.signature, copy, size))
			abort();
		for (size_t i = 0; i < cms.certificate_count; i++)
			if (outside(cms.certificate[i], copy, size))
				abort();
	}
	free(copy);
	return 0;
}
