/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crashseal-rearrange FILE: makes FILE of makedumpfile's flattened format on standard input, for
 * crashseal-savecore. A header of 4096 bytes, then records of an offset, a size and so many bytes, until
 * one that says -1 twice; numbers are big-endian. makedumpfile -R does the same with streams that are
 * whole; on what is cut it may never end.
 *
 * On standard output: "whole SIZE", or "cut SIZE READ": the file's size and the bytes of the stream that
 * made sense. Exit codes: enum ending.
 */
#include "savecore/rearrange.h"

#include "base/sys.h"
#include "byteorder.h"

enum ending {
	ENDING_WHOLE = 0,
	ENDING_FAILED = 1, /* FILE cannot be written: it is removed. */
	ENDING_USAGE = 2,
	ENDING_CUT = 3,
	ENDING_FOREIGN = 4, /* It is another format: FILE is not made. */
};

enum {
	HEADER_SIZE = 4096,
	TYPE_OFFSET = 16,
	RECORD_SIZE = 16,
	PIECE_SIZE = 1 << 16,
};

/* What lies beyond is no record of a dump: the same bounds as in the tool's savecore/flattened.ts. */
#define FURTHEST (UINT64_C(1) << 46)
#define LARGEST_RECORD (UINT64_C(1) << 30)

/* With the NUL that ends it. */
static const uint8_t magic[] = "makedumpfile";

/* Reads `size` bytes of the stream; fewer only at its end. Returns how many, or -errno. */
static long read_some(uint8_t *buf, size_t size)
{
	size_t used = 0;

	while (used < size) {
		const long got = sys_read(0, buf + used, size - used);
		if (got == -SYS_EINTR)
			continue;
		if (got < 0)
			return got;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (long)used;
}

/* Returns 0 or -errno. */
static long write_at(int fd, const uint8_t *bytes, size_t size, uint64_t offset)
{
	long error = sys_lseek(fd, (int64_t)offset, 0);

	while (error >= 0 && size > 0) {
		error = sys_write(fd, bytes, size);
		if (error == -SYS_EINTR) {
			error = 0;
			continue;
		}
		if (error > 0) {
			bytes += error;
			size -= (size_t)error;
		}
	}
	return error < 0 ? error : 0;
}

static bool is_flattened(const uint8_t header[HEADER_SIZE])
{
	for (size_t i = 0; i < sizeof(magic); i++) {
		if (header[i] != magic[i])
			return false;
	}
	return load64_be(header + TYPE_OFFSET) == 1 && load64_be(header + TYPE_OFFSET + 8) == 1;
}

struct progress {
	uint64_t size; /* of the file */
	uint64_t read; /* of the stream */
};

/*
 * Writes the bytes of one record. After: ENDING_WHOLE with all of them written, ENDING_CUT where the
 * stream ended, ENDING_FAILED where the file could not be written.
 */
static enum ending copy_record(int fd, uint64_t offset, uint64_t size, struct progress *p)
{
	static uint8_t piece[PIECE_SIZE];

	while (size > 0) {
		const size_t wanted = size < sizeof(piece) ? (size_t)size : sizeof(piece);
		const long got = read_some(piece, wanted);
		if (got <= 0)
			return ENDING_CUT;
		if (write_at(fd, piece, (size_t)got, offset) < 0)
			return ENDING_FAILED;
		offset += (uint64_t)got;
		size -= (uint64_t)got;
		p->read += (uint64_t)got;
		if (offset > p->size)
			p->size = offset;
	}
	return ENDING_WHOLE;
}

static enum ending rearrange(int fd, struct progress *p)
{
	uint8_t record[RECORD_SIZE];

	for (;;) {
		if (read_some(record, sizeof(record)) != (long)sizeof(record))
			return ENDING_CUT;
		const uint64_t offset = load64_be(record);
		const uint64_t size = load64_be(record + 8);
		if (offset == UINT64_MAX && size == UINT64_MAX) {
			p->read += sizeof(record);
			return ENDING_WHOLE;
		}
		if (size == 0 || size > LARGEST_RECORD || offset > FURTHEST - size)
			return ENDING_CUT;
		p->read += sizeof(record);
		const enum ending ending = copy_record(fd, offset, size, p);
		if (ending != ENDING_WHOLE)
			return ending;
	}
}

static size_t put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	for (size_t i = 0; i < count; i++)
		at[i] = digits[count - 1 - i];
	return count;
}

static void tell(enum ending ending, const struct progress *p)
{
	static const char whole[] = "whole ", cut[] = "cut ";
	const char *const word = ending == ENDING_WHOLE ? whole : cut;
	char line[64];
	size_t used = 0;

	for (; word[used] != '\0'; used++)
		line[used] = word[used];
	used += put_number(line + used, p->size);
	if (ending == ENDING_CUT) {
		line[used++] = ' ';
		used += put_number(line + used, p->read);
	}
	line[used++] = '\n';
	sys_write(1, line, used);
}

int loader_main(int argc, char **argv, char **envp)
{
	static uint8_t header[HEADER_SIZE];
	struct progress p = { 0, HEADER_SIZE };

	(void)envp;
	if (argc != 2)
		return ENDING_USAGE;
	if (read_some(header, sizeof(header)) != (long)sizeof(header) || !is_flattened(header))
		return ENDING_FOREIGN;
	const long opened =
		sys_openat(SYS_HERE, argv[1], SYS_WRITE | SYS_CREATE | SYS_EXCLUSIVE, 0600);
	if (opened < 0)
		return ENDING_FAILED;
	const int fd = (int)opened;
	enum ending ending = rearrange(fd, &p);
	if (sys_fsync(fd) < 0)
		ending = ENDING_FAILED;
	if (ending == ENDING_FAILED)
		sys_unlinkat(SYS_HERE, argv[1], 0);
	else
		tell(ending, &p);
	sys_close(fd);
	return (int)ending;
}
