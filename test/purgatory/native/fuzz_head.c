/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any head, sealed well, with a crash region that is the image itself.
 * The address sanitizer sees whoever reads outside; a message is made of each finding.
 */
#include "bundle_format.h"
#include "check.h"
#include "loaded_image.h"
#include "memory.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct purgatory_head head;
	struct finding finding;
	char buffer[MESSAGE_BYTES];
	struct text text;

	if (size > LOADED_MAX)
		size = LOADED_MAX;
	mem_set(loaded_image, 0, LOADED_MAX);
	mem_copy(loaded_image, PURGATORY_MAGIC, PURGATORY_HEAD_MAGIC_BYTES);
	mem_copy(loaded_image + PURGATORY_STATIC_START, data,
		 size < LOADED_MAX - PURGATORY_STATIC_START ? size
							    : LOADED_MAX - PURGATORY_STATIC_START);
	store32_le(loaded_image + PURGATORY_HEAD_AT_VERSION, PURGATORY_VERSION);
	store64_le(loaded_image + PURGATORY_HEAD_AT_CRASH_START, (uint64_t)(uintptr_t)loaded_image);
	store64_le(loaded_image + PURGATORY_HEAD_AT_CRASH_SIZE, LOADED_MAX);
	/* Most random addresses are outside, which is quickly said: half of the inputs count from the image. */
	if (size > 0 && (data[size - 1] & 1) != 0) {
		uint64_t base = (uint64_t)(uintptr_t)loaded_image;

		store64_le(loaded_image + PURGATORY_HEAD_AT_KERNEL_ENTRY, base);
		for (size_t i = 0; i < PURGATORY_MAX_REGIONS; i++) {
			uint8_t *start = loaded_image + PURGATORY_HEAD_AT_REGIONS +
					 i * PURGATORY_REGION_BYTES + PURGATORY_REGION_AT_START;

			store64_le(start, base + (load64_le(start) & 0x1ffff));
		}
	}
	seal_static();
	seal_live();
	purgatory_head_load(&head, loaded_image);
	if (check_head(loaded_image, &finding) && check_live(loaded_image, &finding)) {
		/* An index comes from the policy: any number. */
		for (uint64_t i = 0; i < 2 * PURGATORY_MAX_REGIONS; i++)
			(void)check_policy_region(&head, i, &finding);
		if (check_regions(loaded_image, 0, &finding) == head.region_count)
			return 0;
	}
	text_init(&text, buffer, sizeof(buffer));
	message_finding(&text, &head, &finding);
	if (text.cut)
		__builtin_trap();
	return 0;
}
