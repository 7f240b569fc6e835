/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader says beyond what purgatory needs: more forms for the same `struct text`. */
#ifndef LOADER_TEXT_H
#define LOADER_TEXT_H

#include "../../purgatory/lib/text.h"

/* The first `size` characters of s. */
void text_chars(struct text *t, const char *s, size_t size);
/* Bytes from outside: what is not printable ASCII becomes \xNN, so no terminal obeys them. */
void text_outside(struct text *t, const void *bytes, size_t size);
void text_signed(struct text *t, int64_t value);
/* text_hex() without its 0x. */
void text_hex_digits(struct text *t, uint64_t value);
/* 12.5 MiB, 64 KiB, 100 B: at most one decimal, rounded down. */
void text_size(struct text *t, uint64_t bytes);
/* 2031-05-04T03:02:01Z. */
void text_time(struct text *t, int64_t seconds);
/* "No such file or directory" and the like; `error` is an errno or its negative. */
void text_errno(struct text *t, long error);
/* A JSON string with its quotes; bytes from 0x80 on, which may not be UTF-8, become U+FFFD. */
void text_json_string(struct text *t, const char *s, size_t size);

size_t str_length(const char *s);
bool str_equal(const char *a, const char *b);
bool str_starts(const char *s, const char *start);

#endif
