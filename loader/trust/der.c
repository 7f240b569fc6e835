/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/der.h"

#include "memory.h"

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && mem_equal(a.data, b.data, a.size);
}

bool der_take(struct bytes *from, enum der_tag tag, struct bytes *content)
{
	const uint8_t *const p = from->data;
	size_t head = 2;
	size_t size;

	/* A tag whose low bits are all set goes on in the next byte. */
	if (from->size < 2 || (tag != DER_ANY && p[0] != tag) || (p[0] & 0x1f) == 0x1f)
		return false;
	size = p[1];
	if (size >= 0x80) {
		head += size - 0x80;
		if (head < 3 || head > 4 || from->size < head)
			return false;
		size = p[2];
		if (head == 4)
			size = size << 8 | p[3];
		if (size < (head == 3 ? 0x80u : 0x100u))
			return false;
	}
	if (size > from->size - head)
		return false;
	content->data = p + head;
	content->size = size;
	from->data += head + size;
	from->size -= head + size;
	return true;
}

bool der_take_whole(struct bytes *from, enum der_tag tag, struct bytes *whole)
{
	const uint8_t *const start = from->data;

	if (!der_take(from, tag, whole))
		return false;
	whole->data = start;
	whole->size = (size_t)(from->data - start);
	return true;
}

bool der_take_number(struct bytes *from, struct bytes *digits)
{
	struct bytes rest = *from;

	if (!der_take(&rest, DER_INTEGER, digits) || digits->size == 0 || digits->data[0] >= 0x80)
		return false;
	if (digits->size > 1 && digits->data[0] == 0) {
		digits->data++;
		digits->size--;
		if (digits->data[0] < 0x80)
			return false;
	}
	*from = rest;
	return true;
}

bool der_take_object_id(struct bytes *from, struct bytes *id)
{
	struct bytes rest = *from;
	uint64_t number = 0;
	bool begun = false;

	if (!der_take(&rest, DER_OBJECT_ID, id) || id->size == 0)
		return false;
	for (size_t i = 0; i < id->size; i++) {
		const uint8_t byte = id->data[i];

		if ((!begun && byte == 0x80) || number >> 40 != 0)
			return false;
		begun = byte >= 0x80;
		number = begun ? number << 7 | (byte & 0x7f) : 0;
	}
	*from = rest;
	return !begun;
}

bool der_take_bytes(struct bytes *from, const uint8_t *bytes, size_t size)
{
	if (from->size < size || !mem_equal(from->data, bytes, size))
		return false;
	from->data += size;
	from->size -= size;
	return true;
}
