/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "bundle_format.h"

void text_chars(struct text *t, const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		text_char(t, s[i]);
}

void text_outside(struct text *t, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\') {
			text_char(t, (char)p[i]);
		} else {
			text_put(t, "\\x");
			text_bytes(t, p + i, 1);
		}
	}
}

void text_signed(struct text *t, int64_t value)
{
	if (value < 0) {
		text_char(t, '-');
		text_decimal(t, UINT64_C(0) - (uint64_t)value);
	} else {
		text_decimal(t, (uint64_t)value);
	}
}

void text_hex_digits(struct text *t, uint64_t value)
{
	unsigned int shift = 60;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		const unsigned int digit = (unsigned int)(value >> shift & 0xf);

		text_char(t, (char)(digit < 10 ? '0' + digit : 'a' + (digit - 10)));
		if (shift == 0)
			return;
	}
}

void text_size(struct text *t, uint64_t bytes)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;
	uint64_t rest = 0;

	while (bytes >= 1024) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	text_decimal(t, bytes);
	if (rest * 10 / 1024 != 0) {
		text_char(t, '.');
		text_decimal(t, rest * 10 / 1024);
	}
	text_char(t, ' ');
	text_put(t, units[unit]);
}

static void two_digits(struct text *t, char before, uint64_t value)
{
	text_char(t, before);
	text_char(t, (char)('0' + value / 10));
	text_char(t, (char)('0' + value % 10));
}

void text_time(struct text *t, int64_t seconds)
{
	static const uint8_t month_days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t days, second, year = 1970;
	unsigned int month = 0;

	/* What is outside is not a date, but a broken clock. */
	if (seconds < 0 || (uint64_t)seconds > LAST_SECOND) {
		text_signed(t, seconds);
		text_put(t, " s");
		return;
	}
	days = (uint64_t)seconds / 86400;
	second = (uint64_t)seconds % 86400;
	for (;;) {
		const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		if (days < (leap ? 366u : 365u)) {
			for (month = 0;; month++) {
				const uint64_t in_month =
					month_days[month] + (month == 1 && leap ? 1u : 0u);
				if (days < in_month)
					break;
				days -= in_month;
			}
			break;
		}
		days -= leap ? 366 : 365;
		year++;
	}
	text_decimal(t, year);
	two_digits(t, '-', month + 1);
	two_digits(t, '-', days + 1);
	two_digits(t, 'T', second / 3600);
	two_digits(t, ':', second / 60 % 60);
	two_digits(t, ':', second % 60);
	text_char(t, 'Z');
}

void text_errno(struct text *t, long error)
{
	/* Each meaning after its number in octal: shorter than a table of addresses. */
	static const char known[] =
		"\1" "not permitted\0"
		"\2" "no such file or directory\0"
		"\4" "interrupted\0"
		"\5" "input/output error\0"
		"\11" "bad file descriptor\0"
		"\13" "temporarily unavailable\0"
		"\14" "out of memory\0"
		"\15" "permission denied\0"
		"\16" "bad address\0"
		"\20" "busy\0"
		"\21" "exists already\0"
		"\22" "leads out of its directory\0"
		"\23" "no such device\0"
		"\24" "not a directory\0"
		"\25" "is a directory\0"
		"\26" "invalid argument\0"
		"\27" "too many open files in the system\0"
		"\30" "too many open files\0"
		"\32" "in use\0"
		"\33" "too large\0"
		"\34" "no space left\0"
		"\36" "read-only file system\0"
		"\42" "out of range\0"
		"\10" "not a kernel image for this call\0"
		"\44" "name too long\0"
		"\46" "the kernel has no such system call\0"
		"\50" "too many symbolic links\0"
		"\143" "address not available\0"
		"\164" "changed meanwhile\0"
		"\176" "signed by a key that is not known\0"
		"\201" "the signature was rejected\0";
	const uint64_t code = error < 0 ? UINT64_C(0) - (uint64_t)error : (uint64_t)error;

	for (const char *at = known; *at != '\0'; at += str_length(at) + 1) {
		if ((uint8_t)*at == code) {
			text_put(t, at + 1);
			return;
		}
	}
	text_put(t, "error ");
	text_decimal(t, code);
}

void text_json_string(struct text *t, const char *s, size_t size)
{
	text_char(t, '"');
	for (; size > 0; s++, size--) {
		const uint8_t c = (uint8_t)*s;

		if (c == '"' || c == '\\') {
			text_char(t, '\\');
			text_char(t, (char)c);
		} else if (c >= 0x80) {
			text_put(t, "\\ufffd");
		} else if (c < 0x20 || c == 0x7f) {
			text_put(t, "\\u00");
			text_bytes(t, &c, 1);
		} else {
			text_char(t, (char)c);
		}
	}
	text_char(t, '"');
}

size_t str_length(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

bool str_equal(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool str_starts(const char *s, const char *start)
{
	while (*start != '\0' && *s == *start) {
		s++;
		start++;
	}
	return *start == '\0';
}

/* Compilers turn loops into calls of the first, and the libraries have calls of their own. */
#if !__STDC_HOSTED__
size_t strlen(const char *s);
void *memchr(const void *p, int value, size_t size);
size_t strnlen(const char *s, size_t size);
char *strrchr(const char *s, int c);

__attribute__((no_builtin)) size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

__attribute__((no_builtin)) void *memchr(const void *p, int value, size_t size)
{
	for (const char *s = p; size > 0; s++, size--)
		if (*s == (char)value)
			return (void *)(uintptr_t)s;
	return NULL;
}

__attribute__((no_builtin)) size_t strnlen(const char *s, size_t size)
{
	size_t n = 0;

	while (n < size && s[n] != '\0')
		n++;
	return n;
}

__attribute__((no_builtin)) char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return (char *)(uintptr_t)last;
	}
}
#endif
