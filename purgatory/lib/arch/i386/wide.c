/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of 64 bits that compilers leave to functions of a library, by the names of libgcc's manual
 * ("Integer library routines"). There is no such library here.
 */
#include <stdint.h>

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
uint64_t __ashldi3(uint64_t value, int by);
uint64_t __lshrdi3(uint64_t value, int by);

static inline uint32_t low(uint64_t value)
{
	return (uint32_t)value;
}

static inline uint32_t high(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static inline uint64_t join(uint32_t upper, uint32_t lower)
{
	return (uint64_t)upper << 32 | lower;
}

/* One digit of a division by hand: `upper` is below `divisor`, so that the quotient has 32 bits. */
static uint32_t divide_digit(uint32_t *upper, uint32_t lower, uint32_t divisor)
{
	uint32_t quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*upper) : "0"(lower), "1"(*upper), "r"(divisor) : "cc");
	return quotient;
}

static uint64_t divide(uint64_t dividend, uint64_t divisor, uint64_t *rest)
{
	uint32_t left = 0, quotient = 0;

	if (high(divisor) == 0) {
		const uint32_t upper = divide_digit(&left, high(dividend), low(divisor));
		const uint32_t lower = divide_digit(&left, low(dividend), low(divisor));

		*rest = left;
		return join(upper, lower);
	}
	/* The quotient is below 2^32: a bit of the dividend's lower half at a time. */
	uint64_t part = high(dividend);

	for (uint32_t bits = low(dividend), i = 0; i < 32; i++, bits <<= 1) {
		/* Where the part has 64 bits, it is larger than any divisor once it is doubled. */
		const uint32_t carry = high(part) >> 31;

		part = join(high(part) << 1 | low(part) >> 31, low(part) << 1 | bits >> 31);
		quotient <<= 1;
		if (carry != 0 || part >= divisor) {
			part -= divisor;
			quotient |= 1;
		}
	}
	*rest = part;
	return quotient;
}

/* By 0 is what a division instruction makes of it: an exception. */
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor)
{
	uint64_t rest;

	return divide(dividend, divisor, &rest);
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor)
{
	uint64_t rest;

	divide(dividend, divisor, &rest);
	return rest;
}

uint64_t __ashldi3(uint64_t value, int by)
{
	if (by >= 32)
		return join(low(value) << (by - 32), 0);
	/* A shift by 32 would be by none. */
	return by == 0 ? value : join(high(value) << by | low(value) >> (32 - by), low(value) << by);
}

uint64_t __lshrdi3(uint64_t value, int by)
{
	if (by >= 32)
		return join(0, high(value) >> (by - 32));
	return by == 0 ? value : join(high(value) >> by, low(value) >> by | high(value) << (32 - by));
}
