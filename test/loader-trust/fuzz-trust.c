/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are trust anchors with keys in bounds and settings that say something, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct failure failure;
	static struct trust_store store;

	if (size > sizeof(store.file))
		return 0;
	memcpy(store.file, data, size);
	if (trust_parse(&store, size, "anchors", &failure) != STATUS_OK) {
		if (failure.status != STATUS_NO_TRUST || failure.message[0] == '\0' || store.count != 0)
			abort();
		return 0;
	}
	if (store.count == 0 || store.count > TRUST_ANCHORS_MAX || store.threshold < 1 ||
	    store.threshold > BUNDLE_SIGNATURES_MAX)
		abort();
	for (size_t i = 0; i < store.count; i++)
		if (!rsa_key_allowed(&store.anchor[i].key) ||
		    store.anchor[i].der.data < store.file ||
		    store.anchor[i].der.data + store.anchor[i].der.size > store.file + size)
			abort();
	return 0;
}
