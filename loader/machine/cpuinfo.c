/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/cpuinfo.h"

#include "machine/unreadable.h"
#include "base/scan.h"
#include "base/sys.h"

enum status cpuinfo_words(struct reader *reader, const char *key, char text[CPUINFO_MAX],
			  const char **words, struct failure *f)
{
	static const char path[] = "/proc/cpuinfo";
	size_t used;
	/* The first CPU's block is enough; its longest line has some 2 KiB. */
	long error = reader_text_start(reader, path, text, CPUINFO_MAX, &used);

	if (error < 0)
		return machine_unreadable(f, path, error);
	for (const char *at = text; *at != '\0';) {
		const char *p = at;
		if (scan_word(&p, key)) {
			scan_space(&p);
			if (!scan_word(&p, ":"))
				break;
			scan_space(&p);
			*words = p;
			return STATUS_OK;
		}
		while (*at != '\0' && *at != '\n')
			at++;
		if (*at == '\n')
			at++;
	}
	return machine_unreadable(f, path, -SYS_EINVAL);
}

bool cpuinfo_has(const char *words, const char *word)
{
	while (*words != '\0' && *words != '\n') {
		const char *p = words;
		if (scan_word(&p, word) && (*p == ' ' || *p == '\n' || *p == '\0'))
			return true;
		while (*words != ' ' && *words != '\n' && *words != '\0')
			words++;
		while (*words == ' ')
			words++;
	}
	return false;
}
