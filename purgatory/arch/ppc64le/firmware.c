/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include "memory.h"
#include "sha256.h"

#define MSR_HV (UINT64_C(1) << 60)

extern const uint8_t purgatory_image[] __attribute__((visibility("hidden")));

_Static_assert(PURGATORY_HEAD_AT_FIRMWARE == 0x940, "entry.S reads it there");
_Static_assert(FIRMWARE_KIND_RTAS == 1 && FIRMWARE_KIND_OPAL == 2, "entry.S has them so");

struct purgatory_firmware firmware_known(void)
{
	struct purgatory_head head;
	struct purgatory_firmware firmware = { .kind = FIRMWARE_KIND_NONE };
	uint8_t digest[SHA256_DIGEST_BYTES];

	purgatory_head_load(&head, purgatory_image);
	sha256_digest(digest, head.firmware, PURGATORY_HEAD_FIRMWARE_BYTES, 0);
	if (mem_equal(digest, head.firmware_digest, sizeof(digest)))
		purgatory_firmware_load(&firmware, head.firmware);
	return firmware;
}

bool firmware_is_ours(void)
{
	uint64_t msr;

	__asm__ volatile("mfmsr %0" : "=r"(msr));
	return (msr & MSR_HV) != 0;
}

uint64_t firmware_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("mfspr %0, 268" : "=r"(ticks));
	return ticks;
}
