/* SPDX-License-Identifier: Apache-2.0 */
/* LZMA as its specification has it (7-zip.org, lzma-specification), with lc, lp and pb of 0. */
#include "base/lzma.h"

#include <stdbool.h>

enum { STATES = 12, SLOTS = 64, ALIGN_BITS = 4, DISTANCES = 128 };

/* How odd a bit is, as difference from one in two (1024 of 2048): memory starts right as it is. */
typedef int16_t odds;

struct lengths {
	odds choice[2];
	odds low[8], middle[8], high[256];
};

static struct {
	odds match[STATES], again[STATES], other[STATES], longer[STATES], third[STATES], fourth[STATES];
	odds slot[4][SLOTS], distance[DISTANCES], align[1 << ALIGN_BITS];
	odds literal[3][256];
	struct lengths fresh, repeated;
} model;

static struct {
	const uint8_t *from;
	uint32_t range, code;
} coder;

static void shift(void)
{
	if (coder.range >> 24)
		return;
	coder.range <<= 8;
	coder.code = coder.code << 8 | *coder.from++;
}

static unsigned int bit(odds *of)
{
	const int zero = 1024 + *of;
	const uint32_t bound = (coder.range >> 11) * (uint32_t)zero;
	const bool one = coder.code >= bound;

	if (one) {
		coder.range -= bound;
		coder.code -= bound;
		*of = (odds)(*of - (zero >> 5));
	} else {
		coder.range = bound;
		*of = (odds)(*of + ((2048 - zero) >> 5));
	}
	shift();
	return one;
}

static unsigned int bits(odds *of, unsigned int count)
{
	unsigned int value = 1;

	while (!(value >> count))
		value = value * 2 + bit(&of[value]);
	return value - (1u << count);
}

static unsigned int bits_lowest_first(odds *of, unsigned int count)
{
	unsigned int path = 1, value = 0;

	for (unsigned int i = 0; i < count; i++) {
		const unsigned int one = bit(&of[path]);

		path = path * 2 + one;
		value |= one << i;
	}
	return value;
}

static uint32_t plain_bits(unsigned int count)
{
	uint32_t value = 0;

	while (count-- > 0) {
		coder.range >>= 1;
		value *= 2;
		if (coder.code >= coder.range) {
			coder.code -= coder.range;
			value++;
		}
		shift();
	}
	return value;
}

static unsigned int length(struct lengths *of)
{
	if (!bit(&of->choice[0]))
		return 2 + bits(of->low, 3);
	if (!bit(&of->choice[1]))
		return 10 + bits(of->middle, 3);
	return 18 + bits(of->high, 8);
}

static uint32_t distance(unsigned int matched)
{
	const unsigned int slot = bits(model.slot[matched < 5 ? matched - 2 : 3], 6);

	if (slot < 4)
		return slot;
	const unsigned int count = slot / 2 - 1;
	const uint32_t base = (2 | (slot & 1)) << count;
	if (slot < 14)
		return base + bits_lowest_first(&model.distance[base - slot], count);
	const uint32_t high = plain_bits(count - ALIGN_BITS) << ALIGN_BITS;
	return base + high + bits_lowest_first(model.align, ALIGN_BITS);
}

void lzma_unpack(uint8_t *to, size_t size, const uint8_t *from)
{
	uint8_t *const end = to + size;
	uint32_t back[4] = { 0, 0, 0, 0 };
	unsigned int state = 0;

	coder.from = from + 1;
	coder.range = UINT32_MAX;
	for (unsigned int i = 0; i < 4; i++)
		coder.code = coder.code << 8 | *coder.from++;
	while (to < end) {
		unsigned int matched = 1;

		if (!bit(&model.match[state])) {
			unsigned int value = 1;

			/* After a match, the byte that would have continued it is likely another. */
			if (state >= 7) {
				unsigned int other = to[-1 - (ptrdiff_t)back[0]] | 0x100u;
				do {
					other <<= 1;
					const unsigned int expected = other >> 8 & 1;
					const unsigned int one = bit(&model.literal[1 + expected][value]);
					value = value * 2 + one;
					if (one != expected)
						break;
				} while (value < 0x100);
			}
			while (value < 0x100)
				value = value * 2 + bit(&model.literal[0][value]);
			*to++ = (uint8_t)value;
			state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
			continue;
		}
		/* Which of the four last distances it is; a new one takes the place of the oldest. */
		unsigned int which = 3;
		const bool again = bit(&model.again[state]);
		bool whole = true;
		if (again) {
			which = 0;
			if (bit(&model.other[state]))
				which = bit(&model.third[state]) ? 2 + bit(&model.fourth[state]) : 1;
			else
				whole = bit(&model.longer[state]);
		}
		if (whole)
			matched = length(again ? &model.repeated : &model.fresh);
		const uint32_t reach = again ? back[which] : distance(matched);
		for (; which > 0; which--)
			back[which] = back[which - 1];
		back[0] = reach;
		state = (state < 7 ? 7 : 10) + (whole ? again : state < 7 ? 2 : 1);
		for (; matched > 0; matched--, to++)
			*to = to[-1 - (ptrdiff_t)reach];
	}
}
