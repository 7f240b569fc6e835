/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On the build machine: makes the loader that is shipped of what the linker made (see loader.lds).
 *   pack LINKED PACKED-CONSTANTS PROGRAM
 * PROGRAM has LINKED's code, and after it the constants as xz packed them. They are unpacked here as they will be
 * there, and compared. PROGRAM has no sections: nothing that runs it reads them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elf.h"
#include "base/lzma.h"

/* All a loader could ever be: its budget is some part of this. */
enum { FILE_MAX = 1 << 20, PAGE = 0x10000 };
/* The segments, in loader.lds's order. */
enum { CODE, CONSTANTS, MEMORY, SEGMENTS };

struct file {
	uint8_t bytes[FILE_MAX];
	size_t size;
};

const bool elf_has_32 = true;

static _Noreturn void fail(const char *path, const char *what)
{
	fprintf(stderr, "pack: %s: %s\n", path, what);
	exit(1);
}

static void file_read(struct file *file, const char *path)
{
	FILE *const stream = fopen(path, "rb");

	if (!stream)
		fail(path, "cannot be opened");
	file->size = fread(file->bytes, 1, FILE_MAX, stream);
	if (ferror(stream) || file->size == FILE_MAX)
		fail(path, "cannot be read, or is too large");
	fclose(stream);
}

struct program {
	const struct elf_class *class;
	uint8_t order;
	uint8_t *headers;
};

static uint8_t *word_at(const struct program *p, int segment, enum elf_phdr_word which)
{
	return p->headers + segment * p->class->phdr_bytes + which * p->class->word;
}

static uint64_t load(const struct program *p, int segment, enum elf_phdr_word which)
{
	return elf_load_word(p->class, p->order, word_at(p, segment, which));
}

static void store(const struct program *p, int segment, enum elf_phdr_word which, uint64_t value)
{
	if (p->class->word == 4)
		elf_store32(p->order, word_at(p, segment, which), (uint32_t)value);
	else
		elf_store64(p->order, word_at(p, segment, which), value);
}

static void place(const struct program *p, int segment, uint64_t offset, uint64_t address, uint64_t filesz,
		  uint64_t memsz)
{
	store(p, segment, PHDR_OFFSET, offset);
	store(p, segment, PHDR_VADDR, address);
	store(p, segment, PHDR_PADDR, address);
	store(p, segment, PHDR_FILESZ, filesz);
	store(p, segment, PHDR_MEMSZ, memsz);
}

int main(int argc, char **argv)
{
	static struct file linked, packed;
	static uint8_t constants[FILE_MAX];

	if (argc != 4)
		fail("usage", "pack LINKED PACKED-CONSTANTS PROGRAM");
	file_read(&linked, argv[1]);
	file_read(&packed, argv[2]);

	uint8_t *const elf = linked.bytes;
	if (linked.size < ELF64_HEADER_BYTES || memcmp(elf, ELF_MAGIC, 4) != 0)
		fail(argv[1], "no ELF file");
	struct program p = { .class = elf_class_of(elf[ELF_AT_CLASS]), .order = elf[ELF_AT_DATA] };
	p.headers = elf + elf_load_word(p.class, p.order, elf + p.class->phoff);
	if (elf_load16(p.order, elf + p.class->phnum) != SEGMENTS + 1)
		fail(argv[1], "does not have the segments of loader.lds");

	const uint64_t code_size = load(&p, CODE, PHDR_FILESZ);
	const uint64_t begin = load(&p, CONSTANTS, PHDR_VADDR);
	const uint64_t size = load(&p, CONSTANTS, PHDR_FILESZ);
	const uint64_t end = load(&p, MEMORY, PHDR_VADDR) + load(&p, MEMORY, PHDR_MEMSZ);
	const uint64_t code_end = load(&p, CODE, PHDR_VADDR) + code_size;
	const uint64_t packed_at = (code_end + PAGE - 1) / PAGE * PAGE + code_end % PAGE;
	const uint8_t *const plain = elf + load(&p, CONSTANTS, PHDR_OFFSET);

	if (load(&p, CODE, PHDR_OFFSET) != 0 || load(&p, CODE, PHDR_MEMSZ) != code_size)
		fail(argv[1], "the code is not all of its segment");
	if (load(&p, CONSTANTS, PHDR_MEMSZ) != size || load(&p, MEMORY, PHDR_FILESZ) != 0)
		fail(argv[1], "has initialised data that is no constant");
	if (packed_at + packed.size > begin)
		fail(argv[2], "does not fit before the constants' own place");
	lzma_unpack(constants, size, packed.bytes);
	if (memcmp(constants, plain, size) != 0)
		fail(argv[2], "does not unpack to the constants");

	place(&p, CONSTANTS, code_size, packed_at, packed.size, packed.size);
	place(&p, MEMORY, 0, begin, 0, end - begin);
	/* No table of sections: shoff, then shentsize, shnum and shstrndx at the header's end. */
	memset(elf + p.class->phoff + p.class->word, 0, p.class->word);
	memset(elf + p.class->header_bytes - 6, 0, 6);

	FILE *const program = fopen(argv[3], "wb");
	if (!program || fwrite(elf, 1, code_size, program) != code_size ||
	    fwrite(packed.bytes, 1, packed.size, program) != packed.size || fclose(program) != 0)
		fail(argv[3], "cannot be written");
	return 0;
}
