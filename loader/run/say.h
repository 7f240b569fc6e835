/* SPDX-License-Identifier: Apache-2.0 */
/* The program's words to whoever started it: results on standard output, all else on standard error. */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>

#include "base/failure.h"
#include "run/report.h"

#define SAY_PAGE_BYTES (4u << 20)

/* The page that reports are written on. There is one: whoever begins it anew has done with the last. */
void say_page(struct text *t);

void say(int fd, const struct text *t);
void warn(const char *message);
void say_error(const char *what, const struct failure *f);
void say_result(const struct report *report, bool json);

#endif
