/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/release.h"

#include "base/scan.h"

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

bool release_before(const char *release, uint64_t major, uint64_t minor)
{
	uint64_t is_major, is_minor;

	if (!scan_decimal(&release, &is_major) || !scan_word(&release, ".") ||
	    !scan_decimal(&release, &is_minor))
		return false;
	return is_major < major || (is_major == major && is_minor < minor);
}
