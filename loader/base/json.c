/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdint.h>

#define DEPTH_MAX 32u

struct scan {
	const char *at;
	const char *end;
	/* Bit i: the container at depth i is an object, else a list. */
	uint32_t objects;
	unsigned int depth;
};

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool take_one_of(struct scan *s, const char *set)
{
	for (; *set != '\0'; set++)
		if (take(s, *set))
			return true;
	return false;
}

static bool take_digits(struct scan *s)
{
	const char *const start = s->at;

	while (take_one_of(s, "0123456789"))
		;
	return s->at > start;
}

static bool take_number(struct scan *s)
{
	take(s, '-');
	/* No zero comes before other digits. */
	if ((!take(s, '0') && !take_digits(s)) || (take(s, '.') && !take_digits(s)))
		return false;
	if (!take_one_of(s, "eE"))
		return true;
	take_one_of(s, "+-");
	return take_digits(s);
}

static bool take_string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	while (!take(s, '"')) {
		if (take(s, '\\')) {
			if (take(s, 'u')) {
				for (unsigned int i = 0; i < 4; i++)
					if (!take_one_of(s, "0123456789abcdefABCDEF"))
						return false;
			} else if (!take_one_of(s, "\"\\/bfnrt")) {
				return false;
			}
			continue;
		}
		if (s->at == s->end || *s->at < ' ' || *s->at > '~')
			return false;
		s->at++;
	}
	return true;
}

static bool take_word(struct scan *s, const char *word)
{
	while (*word != '\0' && take(s, *word))
		word++;
	return *word == '\0';
}

static bool take_scalar(struct scan *s)
{
	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '"':
		return take_string(s);
	case 't':
		return take_word(s, "true");
	case 'f':
		return take_word(s, "false");
	case 'n':
		return take_word(s, "null");
	default:
		return take_number(s);
	}
}

static bool in_object(const struct scan *s)
{
	return (s->objects >> (s->depth - 1) & 1) != 0;
}

static bool take_key(struct scan *s)
{
	return !in_object(s) || (take_string(s) && take(s, ':'));
}

static bool enter(struct scan *s, bool object)
{
	if (s->depth == DEPTH_MAX)
		return false;
	s->objects = (s->objects & ~(1u << s->depth)) | (uint32_t)object << s->depth;
	s->depth++;
	return true;
}

static bool leave(struct scan *s)
{
	if (!take(s, in_object(s) ? '}' : ']'))
		return false;
	s->depth--;
	return true;
}

bool json_is_object(const char *text, size_t size)
{
	struct scan s = { text, text + size, 0, 0 };

	if (size == 0 || *text != '{')
		return false;
	for (;;) {
		/* A value begins here. */
		const bool object = take(&s, '{');
		if (object || take(&s, '[')) {
			if (!enter(&s, object))
				return false;
			if (!leave(&s)) {
				if (!take_key(&s))
					return false;
				continue;
			}
		} else if (!take_scalar(&s)) {
			return false;
		}
		/* It has ended, and with it perhaps what holds it. */
		while (s.depth > 0 && !take(&s, ','))
			if (!leave(&s))
				return false;
		if (s.depth == 0)
			return s.at == s.end;
		if (!take_key(&s))
			return false;
	}
}
