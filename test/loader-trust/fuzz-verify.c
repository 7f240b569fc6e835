/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust anchor in DER and, after it, any bytes as seal.p7s: the walk from the signer to the anchor
 * reads certificates of whoever made the bundle. No signature is over the seal that is used here but
 * those that the seeds have.
 */
#include <stdlib.h>
#include <string.h>

#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Size of the first DER element; 0 when it is longer than all there is. */
static size_t first_element(const uint8_t *data, size_t size)
{
	if (size < 4 || data[1] != 0x82)
		return 0;
	const size_t whole = 4 + ((size_t)data[2] << 8 | data[3]);
	return whole > size || whole > TRUST_FILE_MAX ? 0 : whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char seal[] = "not a seal, but signed";
	static struct failure failure;
	static struct trust_store store;
	static struct bundle bundle;
	static struct signers who;
	const size_t anchor = first_element(data, size);
	uint8_t *const p7s = malloc(size - anchor);

	memcpy(store.file, data, anchor);
	memcpy(p7s, data + anchor, size - anchor);
	if (anchor > 0 && trust_parse(&store, anchor, "anchor", &failure) == STATUS_OK) {
		bundle.member[BUNDLE_SEAL].data = (uint8_t *)(uintptr_t)seal;
		bundle.member[BUNDLE_SEAL].size = sizeof(seal) - 1;
		bundle.signature_count = 1;
		bundle.signature[0].name = "seal.p7s";
		bundle.signature[0].data = p7s;
		bundle.signature[0].size = size - anchor;
		const enum status status =
			bundle_verify(&bundle, &store, 1800000000, &who, &failure);

		if (status != STATUS_OK &&
		    ((status != STATUS_BAD_SIGNATURE && status != STATUS_BAD_CHAIN &&
		      status != STATUS_DEVELOPMENT_KEY) ||
		     failure.status != status || failure.message[0] == '\0'))
			abort();
		if (status == STATUS_OK && (who.count != 1 || who.signer[0].name[0] == '\0'))
			abort();
	}
	free(p7s);
	return 0;
}
