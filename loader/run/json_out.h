/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, written key by key. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* JSON is written with all keys in a fixed order; `first` says that no comma is due. */
struct json {
	struct text *t;
	bool first;
};

void json_next(struct json *j);
void json_key(struct json *j, const char *name);
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);
void json_key_chars(struct json *j, const char *name, const char *s, size_t length);
void json_key_string(struct json *j, const char *name, const char *value);
void json_key_hex(struct json *j, const char *name, uint64_t value);
void json_key_number(struct json *j, const char *name, uint64_t value);
void json_key_bool(struct json *j, const char *name, bool value);
void json_key_bytes(struct json *j, const char *name, const uint8_t *bytes, size_t size);
/* Seconds since 1970 as a date; 0 is "not stated". */
void json_key_time(struct json *j, const char *name, uint64_t seconds);

#endif
