/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ccw_id.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *ccw_parse(const char *id, size_t size, uint64_t *value)
{
	uint64_t v = 0;

	if (size != CCW_ID_LENGTH || id[1] != '.' || id[3] != '.')
		return "it does not have the form 0.S.DDDD";
	if (id[0] != '0')
		return "the only channel subsystem is 0";
	if (id[2] < '0' || id[2] > '3')
		return "subchannel sets are 0 to 3";
	for (size_t i = 4; i < CCW_ID_LENGTH; i++) {
		int digit = hex_digit(id[i]);
		if (digit < 0)
			return "the device number is not of lower-case hex digits";
		v = v << 4 | (uint64_t)digit;
	}
	*value = (uint64_t)(id[2] - '0') << 16 | v;
	return NULL;
}
