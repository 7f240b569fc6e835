/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/tree_rules.h"

#include "tree/additions.h"

enum status tree_rules_check(const struct bundle *bundle, struct seal *seal, struct failure *f)
{
	for (uint32_t i = 0; i < seal->header.live_count; i++) {
		const struct seal_live *v = &seal->live[i];
		const struct seal_segment *s = &seal->segments[v->segment];

		if (v->source != LIVE_SOURCE_DEVICE_TREE ||
		    additions_ok(bundle->member[s->member + BUNDLE_FIRST_SEALED].data + s->buf_offset +
					 v->arg0,
				 (size_t)v->arg1))
			continue;
		seal->fault_index = i;
		return fail_seal(f, seal, DETAIL_TREE_FORM);
	}
	return STATUS_OK;
}
