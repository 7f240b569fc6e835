/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a seal or are refused; an accepted one can be placed. */
#include <string.h>

#include "byteorder.h"
#include "segments/place.h"
#include "bundle/seal.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal seal;
	static struct failure failure;
	uint64_t address[SEAL_SEGMENTS_MAX];

	if (seal_parse(&seal, data, size) != DETAIL_NONE)
		return 0;
	const struct place_room room = {
		.region = { 0x10000000, 0x10000000 + seal.header.crash_size % (1u << 30) },
	};
	place_segments(&seal, &room, address, &failure);
	return 0;
}

/* Sizes that do not add up are refused first: most mutants get sizes that do, so that the rest is read. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
	struct seal_header h;

	size = LLVMFuzzerMutate(data, size, most);
	if (size < SEAL_HEADER_BYTES || seed % 8 == 0)
		return size;
	seal_header_load(&h, data);
	const uint64_t tables = (uint64_t)SEAL_HEADER_BYTES +
				(uint64_t)h.member_count * SEAL_MEMBER_BYTES +
				(uint64_t)h.segment_count * SEAL_SEGMENT_BYTES +
				(uint64_t)h.live_count * SEAL_LIVE_BYTES +
				(uint64_t)h.match_count * SEAL_MATCH_BYTES;

	memcpy(data, SEAL_MAGIC, SEAL_HEADER_MAGIC_BYTES);
	store32_le(data + SEAL_HEADER_AT_VERSION, SEAL_VERSION);
	store32_le(data + SEAL_HEADER_AT_SIZE, (uint32_t)size);
	if (tables <= size)
		store32_le(data + SEAL_HEADER_AT_STRINGS_SIZE, (uint32_t)(size - tables));
	memset(data + SEAL_HEADER_AT_BUILD_ID + SEAL_HEADER_BUILD_ID_BYTES, 0,
	       SEAL_HEADER_BYTES - SEAL_HEADER_AT_BUILD_ID - SEAL_HEADER_BUILD_ID_BYTES);
	return size;
}
