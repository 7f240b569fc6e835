/* SPDX-License-Identifier: Apache-2.0 */
#include "loaded_image.h"

#include "bundle_format.h"
#include "memory.h"
#include "sha256.h"

_Alignas(4096) uint8_t loaded_image[LOADED_MAX];

static void add_address(uint8_t *at)
{
	store64_le(at, load64_le(at) + (uint64_t)(uintptr_t)loaded_image);
}

void seal_static(void)
{
	sha256_digest(loaded_image + PURGATORY_HEAD_AT_STATIC_DIGEST,
		      loaded_image + PURGATORY_STATIC_START,
		      PURGATORY_LIVE_START - PURGATORY_STATIC_START, 0);
}

void seal_live(void)
{
	sha256_digest(loaded_image + PURGATORY_HEAD_AT_LIVE_DIGEST,
		      loaded_image + PURGATORY_LIVE_START,
		      PURGATORY_HEAD_BYTES - PURGATORY_LIVE_START, 0);
}

int load_image(const uint8_t *source, size_t size)
{
	if (size < PURGATORY_HEAD_BYTES || size > LOADED_MAX)
		return 0;
	mem_copy(loaded_image, source, size);
	add_address(loaded_image + PURGATORY_HEAD_AT_KERNEL_ENTRY);
	add_address(loaded_image + PURGATORY_HEAD_AT_CRASH_START);
	for (size_t i = 0; i < PURGATORY_MAX_REGIONS; i++)
		add_address(loaded_image + PURGATORY_HEAD_AT_REGIONS + i * PURGATORY_REGION_BYTES +
			    PURGATORY_REGION_AT_START);
	seal_live();
	return 1;
}
