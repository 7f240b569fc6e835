/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a revocation list with a signature after its entries, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "trust/revoke.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	struct bytes list, signature, entries;
	enum detail why;

	memcpy(copy, data, size);
	why = revocation_split((struct bytes){ copy, size }, &list, &signature);
	if (why == DETAIL_NONE) {
		if (list.data != copy || list.data + list.size != signature.data ||
		    signature.size == 0 || signature.data + signature.size != copy + size)
			abort();
		why = revocation_parse(list, &entries);
	}
	if (why == DETAIL_NONE ? entries.data + entries.size != signature.data : detail_words(why)[0] == '\0')
		abort();
	free(copy);
	return 0;
}
