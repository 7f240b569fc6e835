/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are trust anchors with keys in bounds, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	static struct failure failure;
	static struct trust_store store;

	memcpy(copy, data, size);
	if (trust_parse(copy, size, "anchors", &store, &failure) != STATUS_OK) {
		if (failure.status != STATUS_NO_TRUST || failure.message[0] == '\0' || store.count != 0)
			abort();
	} else if (store.count == 0 || store.count > TRUST_ANCHORS_MAX ||
		   store.used > sizeof(store.bytes)) {
		abort();
	}
	free(copy);
	return 0;
}
