/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a bundle whose members lie inside and in order, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "base/ustar.h"
#include "bundle/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	static struct failure failure;
	struct bundle bundle;
	size_t end = 0;

	memcpy(copy, data, size);
	if (bundle_open(&bundle, copy, size, &failure) != STATUS_OK) {
		if (failure.status != STATUS_BAD_ENVELOPE || failure.message[0] == '\0')
			abort();
		free(copy);
		return 0;
	}
	/* In the archive the signatures stand after the seal. */
	for (size_t i = 0; i < bundle.member_count + bundle.signature_count; i++) {
		const struct bundle_member *const member =
			i == 0			       ? &bundle.member[0] :
			i <= bundle.signature_count ? &bundle.signature[i - 1] :
						      &bundle.member[i - bundle.signature_count];
		const size_t start = (size_t)(member->data - copy);
		uint8_t header[512];

		if (start != end + 512 || member->size > size - start ||
		    !ustar_header(header, member->name, member->size) ||
		    memcmp(header, copy + end, 512) != 0)
			abort();
		end = start + (member->size + 511) / 512 * 512;
	}
	if (end + 1024 != size)
		abort();
	free(copy);
	return 0;
}
