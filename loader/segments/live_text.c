/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/live_text.h"

enum status live_text_open(struct text *t, uint8_t *place, uint64_t size, struct failure *f)
{
	t->buffer = (char *)place;
	t->size = (size_t)size;
	t->cut = false;
	for (t->used = 0; t->used < t->size; t->used++)
		if (place[t->used] == 0)
			return STATUS_OK;
	fail(f, STATUS_BAD_SEAL, "the text that live words are appended to has no end in its place", NULL);
	failure_detail(f, DETAIL_TEXT_OPEN);
	return STATUS_BAD_SEAL;
}

enum status live_text_close(const struct text *t, struct failure *f)
{
	if (!t->cut)
		return STATUS_OK;
	struct text *why = failure_begin(f, STATUS_TEXT_TOO_LONG);
	text_put(why, "the command line with its live words has more than the ");
	text_decimal(why, t->size - 1);
	text_put(why, " characters that its buffer holds");
	return failure_end(f, "shorten the profile's command line");
}
