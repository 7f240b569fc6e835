/* SPDX-License-Identifier: Apache-2.0 */
/* Any words, a line each, are options or are refused with a reason; what is kept is one of the words. */
#include <stdlib.h>
#include <string.h>

#include "run/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const char *kept, const char *text, size_t size)
{
	if (kept != NULL && (kept < text || kept > text + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { WORDS_MAX = 64 };
	static struct failure failure;
	char *const text = malloc(size + 1);
	char *argv[WORDS_MAX + 1] = { "crashseal-load" };
	struct options options;
	int argc = 1;

	memcpy(text, data, size);
	text[size] = '\0';
	for (char *at = text; at < text + size && argc < WORDS_MAX; at += strlen(at) + 1) {
		at[strcspn(at, "\n")] = '\0';
		argv[argc++] = at;
	}
	if (options_parse(&options, argc, argv, &failure) != STATUS_OK) {
		if (failure.status != STATUS_USAGE || failure.message[0] == '\0')
			abort();
	} else {
		inside(options.trust, text, size);
		inside(options.root, text, size);
		inside(options.emit, text, size);
		if (options.has_now && options.root == NULL)
			abort();
	}
	free(text);
	return 0;
}
