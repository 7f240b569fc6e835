/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "memory.h"
#include "sha256_parts.h"

/* Also false where the sum of start and size passes 2^64. */
static bool lies_within(uint64_t start, uint64_t size, uint64_t outer_start, uint64_t outer_size)
{
	return start >= outer_start && size <= outer_size && start - outer_start <= outer_size - size;
}

static bool digest_is(const void *data, uint64_t size, const uint8_t expected[32],
		      uint64_t features, struct finding *finding)
{
	sha256_parts(finding->found, data, (size_t)size, features);
	mem_copy(finding->expected, expected, SHA256_DIGEST_BYTES);
	finding->start = (uint64_t)(uintptr_t)data;
	finding->size = size;
	return mem_equal(finding->found, expected, SHA256_DIGEST_BYTES);
}

static bool bad_value(struct finding *finding, const char *value)
{
	finding->kind = FINDING_VALUE;
	finding->value = value;
	return false;
}

bool check_head(const uint8_t *image, struct finding *finding)
{
	struct purgatory_head head;

	finding->kind = FINDING_HEAD;
	purgatory_head_load(&head, image);
	return digest_is(image + PURGATORY_STATIC_START,
			 PURGATORY_LIVE_START - PURGATORY_STATIC_START, head.static_digest, 0,
			 finding) &&
	       mem_equal(head.magic, PURGATORY_MAGIC, PURGATORY_HEAD_MAGIC_BYTES) &&
	       head.version == PURGATORY_VERSION && head.step_count <= PURGATORY_MAX_STEPS;
}

bool check_live(const uint8_t *image, struct finding *finding)
{
	struct purgatory_head head;
	uint64_t crash_size;

	finding->kind = FINDING_LIVE;
	purgatory_head_load(&head, image);
	if (!digest_is(image + PURGATORY_LIVE_START, PURGATORY_HEAD_BYTES - PURGATORY_LIVE_START,
		       head.live_digest, 0, finding))
		return false;
	/* A loader that wrote nonsense sealed it well: better said here than read as an address. */
	if (head.region_count == 0 || head.region_count > PURGATORY_MAX_REGIONS)
		return bad_value(finding, "region count");
	/* No size given: anything that does not wrap. */
	crash_size = head.crash_size == 0 ? UINT64_MAX - head.crash_start : head.crash_size;
	if (crash_size > UINT64_MAX - head.crash_start)
		return bad_value(finding, "crash region");
	if (head.kernel_entry == 0 || !lies_within(head.kernel_entry, 1, head.crash_start, crash_size))
		return bad_value(finding, "kernel entry");
	if (!lies_within(head.backup_start, head.backup_size, head.crash_start, crash_size) &&
	    head.backup_size != 0)
		return bad_value(finding, "backup address");
	for (uint32_t i = 0; i < head.region_count; i++) {
		struct purgatory_region region;

		purgatory_region_load(&region, head.regions + i * PURGATORY_REGION_BYTES);
		if (!lies_within(region.start, region.size, head.crash_start, crash_size))
			return bad_value(finding, "region address");
	}
	return true;
}

static bool region_is_sound(const struct purgatory_head *head, uint32_t index, uint64_t features,
			    struct finding *finding)
{
	struct purgatory_region region;

	purgatory_region_load(&region, head->regions + index * PURGATORY_REGION_BYTES);
	finding->kind = FINDING_REGION;
	finding->index = index;
	finding->region = region.name;
	finding->live = (region.flags & REGION_FLAG_LIVE) != 0;
	return digest_is((const void *)(uintptr_t)region.start, region.size, region.digest,
			 features, finding);
}

static bool is_for_policy(const struct purgatory_head *head, uint32_t index)
{
	struct purgatory_region region;

	purgatory_region_load(&region, head->regions + index * PURGATORY_REGION_BYTES);
	return (region.flags & ~(uint32_t)REGION_FLAG_LIVE) == REGION_FLAG_POLICY;
}

/* The running kernel may have rewritten it since: nobody knows what it should be. */
static bool is_rewritten(const struct purgatory_head *head, uint32_t index)
{
	struct purgatory_region region;

	purgatory_region_load(&region, head->regions + index * PURGATORY_REGION_BYTES);
	return region.flags == (REGION_FLAG_LIVE | REGION_FLAG_REWRITTEN);
}

uint32_t check_regions(const uint8_t *image, uint64_t features, struct finding *finding)
{
	struct purgatory_head head;
	uint32_t i;

	purgatory_head_load(&head, image);
	for (i = 0; i < head.region_count; i++)
		/* First stands purgatory's own code: one damaged bit in it must not talk us out of a look. */
		if ((i == 0 || (!is_for_policy(&head, i) && !is_rewritten(&head, i))) &&
		    !region_is_sound(&head, i, features, finding))
			break;
	return i;
}

bool check_policy_region(const struct purgatory_head *head, uint64_t index,
			 struct finding *finding)
{
	struct purgatory_region region;

	if (index >= head->region_count || index >= PURGATORY_MAX_REGIONS ||
	    !is_for_policy(head, (uint32_t)index))
		return bad_value(finding, "region of the policy");
	/* The live part may be what is corrupt. The static part says how far the image goes. */
	purgatory_region_load(&region, head->regions + index * PURGATORY_REGION_BYTES);
	if (!lies_within(region.start, region.size, (uint64_t)(uintptr_t)head->magic,
			 head->image_size))
		return bad_value(finding, "region of the policy");
	return region_is_sound(head, (uint32_t)index, 0, finding);
}
