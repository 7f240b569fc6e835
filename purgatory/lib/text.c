/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

static char digit(unsigned int value)
{
	return (char)(value < 10 ? '0' + value : 'a' + (value - 10));
}

void text_init(struct text *text, char *buffer, size_t size)
{
	text->buffer = buffer;
	text->size = size;
	text->used = 0;
	text->cut = false;
	buffer[0] = '\0';
}

void text_char(struct text *text, char c)
{
	if (text->size - text->used <= 1) {
		text->cut = true;
		return;
	}
	text->buffer[text->used++] = c;
	text->buffer[text->used] = '\0';
}

void text_put(struct text *text, const char *s)
{
	for (; *s != '\0'; s++)
		text_char(text, *s);
}

void text_field(struct text *text, const char *field, size_t size)
{
	for (size_t i = 0; i < size && field[i] != '\0'; i++)
		text_char(text, field[i] >= ' ' && field[i] <= '~' ? field[i] : '?');
}

void text_hex(struct text *text, uint64_t value)
{
	unsigned int shift = 60;

	text_put(text, "0x");
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		text_char(text, digit((unsigned int)(value >> shift & 0xf)));
		if (shift == 0)
			return;
	}
}

void text_decimal(struct text *text, uint64_t value)
{
	char digits[20]; /* 2^64 - 1 has twenty */
	size_t count = 0;

	do {
		digits[count++] = digit((unsigned int)(value % 10));
		value /= 10;
	} while (value > 0);
	while (count > 0)
		text_char(text, digits[--count]);
}

void text_bytes(struct text *text, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		text_char(text, digit(bytes[i] >> 4));
		text_char(text, digit(bytes[i] & 0xfu));
	}
}
