/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are the head of a /proc/kcore or are refused, without a look beyond what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "arch/x86_64/target.h"
#include "machine/kcore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine;
	static struct failure failure;
	uint8_t *head = NULL;
	size_t have = 0, need = kcore_head_size(data, 0);

	/* What is asked for has its place (kcore_read). */
	while (need != KCORE_TOO_MANY && need > have && need <= size) {
		if (need > KCORE_HEAD_MAX)
			abort();
		head = realloc(head, need);
		memcpy(head, data, need);
		have = need;
		need = kcore_head_size(head, have);
	}
	if (need != KCORE_TOO_MANY && need > KCORE_HEAD_MAX)
		abort();
	if (need != 0 && need <= have && kcore_parse(&machine.kcore, head, have))
		x86_64_virtual_map(&machine, &machine.virtual_map, &failure);
	free(head);
	return 0;
}
