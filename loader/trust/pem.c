/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/pem.h"

#include "memory.h"
#include "base/text.h"

void pem_init(struct pem *pem, uint8_t *text, size_t size)
{
	pem->at = text;
	pem->end = text + size;
	pem->next_line = 1;
}

static bool take_line(struct pem *pem, struct bytes *line)
{
	uint8_t *p = pem->at;

	if (p == pem->end)
		return false;
	line->data = p;
	while (p < pem->end && *p != '\n')
		p++;
	line->size = (size_t)(p - line->data);
	if (line->size > 0 && p[-1] == '\r')
		line->size--;
	pem->at = p < pem->end ? p + 1 : p;
	pem->line = pem->next_line++;
	return true;
}

static bool is(struct bytes line, const char *s)
{
	return line.size == str_length(s) && mem_equal(line.data, s, line.size);
}

/* 0 to 63, or 64 for what is no digit of base64. */
static uint32_t digit(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 0u :
	       c >= 'a' && c <= 'z' ? c - 'a' + 26u :
	       c >= '0' && c <= '9' ? c - '0' + 52u :
	       c == '+'		    ? 62u :
	       c == '/'		    ? 63u :
				      64u;
}

/* The lines up to the last one. What is written never catches up with what is read. */
static bool decode(struct pem *pem, struct bytes *item)
{
	uint8_t *out = pem->at;
	uint32_t bits = 0, held = 0, padding = 0;
	struct bytes line;

	item->data = out;
	while (take_line(pem, &line)) {
		if (is(line, "-----END CERTIFICATE-----")) {
			item->size = (size_t)(out - item->data);
			return bits < 6 && bits == 2 * padding && held == 0;
		}
		for (size_t i = 0; i < line.size; i++) {
			const uint32_t value = digit(line.data[i]);

			if (line.data[i] == '=') {
				padding++;
				continue;
			}
			if (value > 63 || padding > 0)
				return false;
			held = held << 6 | value;
			bits += 6;
			if (bits >= 8) {
				bits -= 8;
				*out++ = (uint8_t)(held >> bits);
				held &= (1u << bits) - 1;
			}
		}
	}
	return false;
}

enum pem_item pem_next(struct pem *pem, struct bytes *item)
{
	while (take_line(pem, item)) {
		const uint32_t first = pem->line;

		if (item->size == 0 || item->data[0] == '#')
			continue;
		if (!is(*item, "-----BEGIN CERTIFICATE-----"))
			return PEM_LINE;
		const bool whole = decode(pem, item);
		if (whole)
			pem->line = first;
		return whole ? PEM_CERTIFICATE : PEM_FAULT;
	}
	return PEM_END;
}
