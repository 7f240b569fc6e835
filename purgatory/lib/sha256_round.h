/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of SHA-256 (FIPS 180-4, 6.2.2), for words or for vectors of them. Whoever uses it has the sigma functions:
 * big0: rotations by 2, 13, 22; big1: 6, 11, 25; small0: 7, 18, shift 3; small1: 17, 19, shift 10.
 */
#ifndef SHA256_ROUND_H
#define SHA256_ROUND_H

/*
 * Without moving eight variables down: the caller rotates their names instead.
 * `ab` is a ^ b, which is the next round's b ^ c; so the majority costs one AND.
 */
#define ROUND(a, b, d, e, f, g, h, ab, bc, input)                                                  \
	do {                                                                                       \
		h += (input) + big1(e) + (g ^ (e & (f ^ g)));                                      \
		d += h;                                                                            \
		ab = a ^ b;                                                                        \
		h += big0(a) + (b ^ (ab & bc));                                                    \
		bc = ab;                                                                           \
	} while (0)

#endif
