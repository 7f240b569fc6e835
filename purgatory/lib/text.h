/* SPDX-License-Identifier: Apache-2.0 */
/* Text into a bounded buffer. What does not fit is cut, and said so; the buffer always ends with NUL. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buffer;
	size_t size; /* of the buffer, at least 1 */
	size_t used; /* without the NUL */
	bool cut;
};

void text_init(struct text *text, char *buffer, size_t size);
void text_char(struct text *text, char c);
void text_put(struct text *text, const char *s);
/* A field of `size` bytes up to its first NUL; what is not printable ASCII becomes '?'. */
void text_field(struct text *text, const char *field, size_t size);
/* 0x and as few digits as it takes. */
void text_hex(struct text *text, uint64_t value);
void text_decimal(struct text *text, uint64_t value);
/* Two hex digits for each byte, in memory order. */
void text_bytes(struct text *text, const uint8_t *bytes, size_t size);

#endif
