/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust store, which ends with a NUL, and after it any bytes as a file with attestations. Nothing of a statement is
 * read before its signature is right, which no change leaves so: the first line is read as a statement by itself as well.
 */
#include <stdlib.h>
#include <string.h>

#include "trust/attestation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As the seeds have it. */
	static const uint8_t digest[32] = { 0 };
	static struct failure failure;
	static struct trust_store store;
	static struct attestation found;
	const uint8_t *const end = memchr(data, 0, size);
	const size_t anchors = end ? (size_t)(end - data) : 0;

	if (!end || anchors > sizeof(store.file))
		return 0;
	memcpy(store.file, data, anchors);
	if (trust_parse(&store, anchors, "anchors", &failure) != STATUS_OK)
		return 0;
	const size_t rest = size - anchors - 1;
	uint8_t *const copy = malloc(rest);

	memcpy(copy, end + 1, rest);
	const enum status status = attestation_verify(&store, "file", (struct bytes){ copy, rest }, digest,
						      1800000000, &found, &failure);
	if ((status == STATUS_OK) != found.good ||
	    (status == STATUS_OK ? found.tester.name[0] == '\0' :
				   status != STATUS_NO_ATTESTATION || failure.status != status ||
					   failure.detail == DETAIL_NONE || failure.message[0] == '\0'))
		abort();
	const uint8_t *const newline = memchr(copy, '\n', rest);
	for (unsigned int wanted = ATTESTED_NOT; newline && wanted <= ATTESTED_WARNED; wanted++) {
		const size_t length = (size_t)(newline + 1 - copy);
		bool warned;
		uint8_t *const line = malloc(length);

		memcpy(line, copy, length);
		const enum detail what = statement_read((enum attested)wanted, (struct bytes){ line, length },
							digest, &warned);
		if (what == DETAIL_NONE ? warned && wanted == ATTESTED_PASSED :
					  what < DETAIL_ATTESTATION_FORM || what > DETAIL_ATTESTATION_RESULT)
			abort();
		free(line);
	}
	free(copy);
	return 0;
}
