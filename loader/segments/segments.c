/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/segments.h"

#include "segments/place.h"

enum status segments_place(struct load *load, const struct seal *seal, const struct bundle *bundle,
			   const struct machine *m, struct failure *f)
{
	uint64_t address[SEAL_SEGMENTS_MAX];
	const struct place_room room = {
		.region = iomem_crash_main(&m->iomem),
		.taken = m->taken.items,
		.taken_count = m->taken.count,
		.keep_free = m->arch->control_pages(ranges_total(&m->iomem.ram)) * 4096,
		.memory_total = m->memory_total,
	};
	const enum status status = place_segments(seal, &room, address, f);

	if (status != STATUS_OK)
		return status;
	load->seal = seal;
	load->arch = m->arch;
	for (uint32_t i = 0; i < seal->header.segment_count; i++) {
		const struct seal_segment *s = &seal->segments[i];
		load->segments[i].sealed = s;
		load->segments[i].buf =
			bundle->member[s->member + BUNDLE_FIRST_SEALED].data + s->buf_offset;
		load->segments[i].mem = address[i];
	}
	load->entry = address[seal->header.entry_segment] + seal->header.entry_offset;
	return STATUS_OK;
}
