/* SPDX-License-Identifier: Apache-2.0 */
#include "run/json_out.h"

void json_next(struct json *j)
{
	if (!j->first)
		text_char(j->t, ',');
	j->first = false;
}

void json_key(struct json *j, const char *name)
{
	json_next(j);
	text_char(j->t, '"');
	text_put(j->t, name);
	text_put(j->t, "\":");
}

void json_open(struct json *j, char bracket)
{
	text_char(j->t, bracket);
	j->first = true;
}

void json_close(struct json *j, char bracket)
{
	text_char(j->t, bracket);
	j->first = false;
}

void json_key_chars(struct json *j, const char *name, const char *s, size_t length)
{
	json_key(j, name);
	text_json_string(j->t, s, length);
}

void json_key_string(struct json *j, const char *name, const char *value)
{
	json_key_chars(j, name, value, str_length(value));
}

void json_key_hex(struct json *j, const char *name, uint64_t value)
{
	json_key(j, name);
	text_char(j->t, '"');
	text_hex(j->t, value);
	text_char(j->t, '"');
}

void json_key_number(struct json *j, const char *name, uint64_t value)
{
	json_key(j, name);
	text_decimal(j->t, value);
}

void json_key_bool(struct json *j, const char *name, bool value)
{
	json_key(j, name);
	text_put(j->t, value ? "true" : "false");
}

void json_key_bytes(struct json *j, const char *name, const uint8_t *bytes, size_t size)
{
	json_key(j, name);
	text_char(j->t, '"');
	text_bytes(j->t, bytes, size);
	text_char(j->t, '"');
}

void json_key_time(struct json *j, const char *name, uint64_t seconds)
{
	json_key(j, name);
	if (seconds == 0) {
		text_put(j->t, "null");
		return;
	}
	text_char(j->t, '"');
	text_time(j->t, (int64_t)seconds);
	text_char(j->t, '"');
}
