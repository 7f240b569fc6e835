/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER, read strictly (ITU-T X.690): tags of one byte, lengths in their shortest form and inside.
 * Elements of more than 64 KiB are refused: neither signatures nor certificates have one.
 */
#ifndef DER_H
#define DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of another's: what is left to read, or what was read. */
struct bytes {
	const uint8_t *data;
	size_t size;
};
bool bytes_equal(struct bytes a, struct bytes b);

enum der_tag {
	DER_ANY = 0, /* takes every tag */
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OBJECT_ID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0, /* constructed */
	DER_CONTEXT_3 = 0xa3,
};

/* Each takes the next element off `from`, or returns false with `from` as it was. */
bool der_take(struct bytes *from, enum der_tag tag, struct bytes *content);
/* With tag and length. */
bool der_take_whole(struct bytes *from, enum der_tag tag, struct bytes *whole);
/* An INTEGER that is not negative, in its shortest form; without the zero that keeps it positive. */
bool der_take_number(struct bytes *from, struct bytes *digits);
/* An OBJECT IDENTIFIER whose numbers are in their shortest form, each of at most 47 bits. */
bool der_take_object_id(struct bytes *from, struct bytes *id);
/* Exactly these bytes. */
bool der_take_bytes(struct bytes *from, const uint8_t *bytes, size_t size);

#endif
