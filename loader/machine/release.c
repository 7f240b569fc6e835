/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/release.h"

void release_read(struct reader *reader, char *release, size_t size)
{
	size_t used;

	if (reader_text(reader, RELEASE_PATH, release, size, &used) < 0) {
		release[0] = '\0';
		return;
	}
	while (used > 0 && (release[used - 1] == '\n' || release[used - 1] == ' '))
		release[--used] = '\0';
}
