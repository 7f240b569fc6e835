/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ustar.h"

#include "base/text.h"
#include "memory.h"

/* `digits` octal digits and the space after them. The field's NUL, where it has one, is there. */
static void put_octal(uint8_t *field, unsigned int digits, uint64_t value)
{
	field[digits] = ' ';
	while (digits > 0) {
		field[--digits] = (uint8_t)('0' + (value & 7));
		value >>= 3;
	}
}

bool ustar_header(uint8_t header[static USTAR_BLOCK], const char *name, uint64_t size)
{
	const size_t length = str_length(name);
	uint64_t sum = 0;

	/* Eleven octal digits are 8 GiB. */
	if (length > USTAR_NAME_BYTES || size >> 33 != 0)
		return false;
	/* POSIX.1-1988, "ustar"; numbers end the way tar-stream writes them. */
	mem_set(header, 0, USTAR_BLOCK);
	mem_copy(header, name, length);
	put_octal(header + 100, 6, 0644); /* mode */
	put_octal(header + 108, 6, 0); /* uid */
	put_octal(header + 116, 6, 0); /* gid */
	put_octal(header + 124, 11, size);
	put_octal(header + 136, 11, 0); /* mtime */
	mem_set(header + 148, ' ', 8); /* the checksum counts itself as spaces */
	header[156] = '0'; /* a regular file */
	mem_copy(header + 257, "ustar\0" "00", 8); /* magic, version */
	put_octal(header + 329, 6, 0); /* devmajor */
	put_octal(header + 337, 6, 0); /* devminor */
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		sum += header[i];
	put_octal(header + 148, 6, sum);
	header[155] = '\0';
	return true;
}
