/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a seal or are refused; an accepted one can be placed. */
#include "place.h"
#include "seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal seal;
	static struct failure failure;
	uint64_t address[SEAL_SEGMENTS_MAX];

	if (seal_parse(&seal, data, size) != NULL)
		return 0;
	const struct place_room room = {
		.region = { 0x10000000, 0x10000000 + seal.header.crash_size % (1u << 30) },
	};
	place_segments(&seal, &room, address, &failure);
	return 0;
}
