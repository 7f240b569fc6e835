/* SPDX-License-Identifier: Apache-2.0 */
/* Reading numbers and words from NUL-ended text. Each moves `*at` past what it took, or leaves it. */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* At least one digit, no prefix, no sign; false when it does not fit 64 bits. */
bool scan_hex(const char **at, uint64_t *value);
bool scan_decimal(const char **at, uint64_t *value);
/* With or without 0x. */
bool scan_hex_prefixed(const char **at, uint64_t *value);
bool scan_word(const char **at, const char *word);
/* Spaces, tabs and newlines. */
void scan_space(const char **at);
/* Nothing but white space is left. */
bool scan_done(const char *at);

#endif
