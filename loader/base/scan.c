/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scan.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool scan_number(const char **at, uint64_t *value, unsigned int base)
{
	const char *p = *at;
	uint64_t v = 0;

	for (; (unsigned int)digit_of(*p) < base; p++) {
		uint64_t digit = (uint64_t)digit_of(*p);
		if (v > (UINT64_MAX - digit) / base)
			return false;
		v = v * base + digit;
	}
	if (p == *at)
		return false;
	*at = p;
	*value = v;
	return true;
}

bool scan_hex(const char **at, uint64_t *value)
{
	return scan_number(at, value, 16);
}

bool scan_decimal(const char **at, uint64_t *value)
{
	return scan_number(at, value, 10);
}

bool scan_hex_prefixed(const char **at, uint64_t *value)
{
	const char *p = *at;

	if (!scan_word(&p, "0x"))
		scan_word(&p, "0X");
	if (!scan_hex(&p, value))
		return false;
	*at = p;
	return true;
}

bool scan_word(const char **at, const char *word)
{
	const char *p = *at;

	for (; *word != '\0'; word++, p++)
		if (*p != *word)
			return false;
	*at = p;
	return true;
}

void scan_space(const char **at)
{
	while (**at == ' ' || **at == '\t' || **at == '\n')
		(*at)++;
}

bool scan_done(const char *at)
{
	scan_space(&at);
	return *at == '\0';
}
