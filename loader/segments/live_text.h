/* SPDX-License-Identifier: Apache-2.0 */
/* Words that are appended to a text in a segment, such as the command line. */
#ifndef LIVE_TEXT_H
#define LIVE_TEXT_H

#include <stdint.h>

#include "base/failure.h"

/*
 * Text that is in a live value's place already, to append to; its room ends with the place.
 * Closing it tells when it did not fit.
 */
enum status live_text_open(struct text *t, uint8_t *place, uint64_t size, struct failure *f);
enum status live_text_close(const struct text *t, struct failure *f);

#endif
