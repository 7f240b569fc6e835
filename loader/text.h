/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text built in a fixed buffer. It is ended by a NUL at every moment; what does not fit is left
 * out and `cut` says so, so a chain of calls needs one check at its end.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buf;
	size_t size; /* of buf, at least 1 */
	size_t used; /* without the NUL */
	bool cut;
};

void text_init(struct text *t, char *buf, size_t size);
void text_char(struct text *t, char c);
void text_str(struct text *t, const char *s);
void text_chars(struct text *t, const char *s, size_t size);
/* Bytes from outside: what is not printable ASCII becomes \xNN, so no terminal obeys them. */
void text_outside(struct text *t, const void *bytes, size_t size);
void text_dec(struct text *t, uint64_t value);
void text_signed(struct text *t, int64_t value);
/* 0x1f, lower case, no leading zeros. */
void text_hex(struct text *t, uint64_t value);
/* The same without 0x. */
void text_hex_digits(struct text *t, uint64_t value);
void text_bytes_hex(struct text *t, const uint8_t *bytes, size_t size);
/* 12.5 MiB, 64 KiB, 100 B: at most one decimal, rounded down. */
void text_size(struct text *t, uint64_t bytes);
/* 2031-05-04T03:02:01Z. */
void text_time(struct text *t, int64_t seconds);
/* "No such file or directory" and the like; `error` is an errno or its negative. */
void text_errno(struct text *t, long error);
/* A JSON string with its quotes; bytes from 0x80 on, which may not be UTF-8, become U+FFFD. */
void text_json_string(struct text *t, const char *s);

size_t str_length(const char *s);
bool str_equal(const char *a, const char *b);
bool str_starts(const char *s, const char *start);

#endif
