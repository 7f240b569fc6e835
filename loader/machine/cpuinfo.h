/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/cpuinfo: the words that name what a CPU can. From there, not by instructions: it is the
 * target's file, and the kernel's quirks are applied.
 */
#ifndef CPUINFO_H
#define CPUINFO_H

#include "base/failure.h"
#include "base/reader.h"

#define CPUINFO_MAX 8192u

/*
 * The words of the first line "KEY : WORD WORD ...". On success `*words` points into `text`, and
 * they end with the line.
 */
enum status cpuinfo_words(struct reader *reader, const char *key, char text[CPUINFO_MAX],
			  const char **words, struct failure *f);
bool cpuinfo_has(const char *words, const char *word);

#endif
