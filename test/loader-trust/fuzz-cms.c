/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a signature whose parts lie inside, or are refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "trust/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand_inside(struct bytes part, struct bytes whole)
{
	if (part.size != 0 &&
	    (part.data < whole.data || part.size > whole.size ||
	     (size_t)(part.data - whole.data) > whole.size - part.size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *const copy = malloc(size);
	static struct failure failure;
	static struct cms cms;
	const struct bytes whole = { copy, size };

	memcpy(copy, data, size);
	if (cms_parse(&cms, "input", whole, &failure) != STATUS_OK) {
		if (failure.status != STATUS_BAD_SIGNATURE || failure.message[0] == '\0')
			abort();
	} else {
		if (cms.certificate_count == 0 || cms.certificate_count > CMS_CERTIFICATES_MAX)
			abort();
		demand_inside(cms.signature, whole);
		for (size_t i = 0; i < cms.certificate_count; i++) {
			const struct certificate *const c = &cms.certificate[i];

			demand_inside(c->der, whole);
			demand_inside(c->body, c->der);
			demand_inside(c->signature, c->der);
			demand_inside(c->issuer, c->body);
			demand_inside(c->subject, c->body);
			demand_inside(c->serial, c->body);
			demand_inside(c->name, c->subject);
			demand_inside(c->key_info, c->body);
			demand_inside(c->key.modulus, c->key_info);
			demand_inside(c->key.exponent, c->key_info);
			/* The years 1 to 9999. */
			if (c->not_before < INT64_C(-62167219200) || c->not_after > (int64_t)LAST_SECOND)
				abort();
		}
	}
	free(copy);
	return 0;
}
