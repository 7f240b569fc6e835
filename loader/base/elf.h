/* SPDX-License-Identifier: Apache-2.0 */
/* The few fields of ELF core files that the loader reads and writes, of either class and byte order. */
#ifndef ELF_H
#define ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byteorder.h"

#define ELF_MAGIC "\177ELF"
enum {
	ELF_CLASS_32 = 1,
	ELF_CLASS_64 = 2,
	ELF_LITTLE = 1,
	ELF_BIG = 2,
	ELF_TYPE_CORE = 4,
	PT_NULL = 0,
	PT_LOAD = 1,
	PT_NOTE = 4,
};
/* The same in both classes. */
enum {
	ELF_AT_CLASS = 4,
	ELF_AT_DATA = 5,
	ELF_AT_TYPE = 16,
	ELF_AT_MACHINE = 18,
	ELF_AT_VERSION = 20,
	PHDR_AT_TYPE = 0,
};
enum {
	ELF32_HEADER_BYTES = 52,
	ELF32_PHDR_BYTES = 32,
	ELF64_HEADER_BYTES = 64,
	ELF64_PHDR_BYTES = 56,
};
/* namesz, descsz, type. */
enum { NOTE_HEADER_BYTES = 12 };

/* All ones of a class: no address. */
#define ELF_NO_ADDRESS UINT64_MAX

/* Whether a target has files of 32 bits; a build for others does not know the class (arch/registry.c). */
extern const bool elf_has_32;

/* Where the rest stands in files of one class. */
struct elf_class {
	uint8_t number; /* EI_CLASS */
	uint8_t word;	/* bytes of an address */
	uint8_t header_bytes;
	uint8_t phoff, ehsize, phentsize, phnum;
	uint8_t phdr_bytes;
	uint8_t phdr_flags;
};
static const struct elf_class elf_class_32 = { ELF_CLASS_32, 4, ELF32_HEADER_BYTES, 28, 40, 42, 44, ELF32_PHDR_BYTES, 24 };
static const struct elf_class elf_class_64 = { ELF_CLASS_64, 8, ELF64_HEADER_BYTES, 32, 52, 54, 56, ELF64_PHDR_BYTES, 4 };

/* That of a file; what is of neither class is of another number than what is given back. */
static inline const struct elf_class *elf_class_of(uint8_t number)
{
	return elf_has_32 && number == ELF_CLASS_32 ? &elf_class_32 : &elf_class_64;
}

/* The words of a program header, which in both classes follow each other: the first one begins at the size of one. */
enum elf_phdr_word {
	PHDR_OFFSET = 1,
	PHDR_VADDR = 2,
	PHDR_PADDR = 3,
	PHDR_FILESZ = 4,
	PHDR_MEMSZ = 5,
};

static inline uint16_t elf_load16(uint8_t order, const uint8_t *p)
{
	return order == ELF_BIG ? load16_be(p) : load16_le(p);
}

static inline uint32_t elf_load32(uint8_t order, const uint8_t *p)
{
	return order == ELF_BIG ? load32_be(p) : load32_le(p);
}

static inline uint64_t elf_load64(uint8_t order, const uint8_t *p)
{
	return order == ELF_BIG ? load64_be(p) : load64_le(p);
}

static inline void elf_store16(uint8_t order, uint8_t *p, uint16_t v)
{
	if (order == ELF_BIG)
		store16_be(p, v);
	else
		store16_le(p, v);
}

static inline void elf_store32(uint8_t order, uint8_t *p, uint32_t v)
{
	if (order == ELF_BIG)
		store32_be(p, v);
	else
		store32_le(p, v);
}

static inline void elf_store64(uint8_t order, uint8_t *p, uint64_t v)
{
	if (order == ELF_BIG)
		store64_be(p, v);
	else
		store64_le(p, v);
}

static inline uint64_t elf_load_word(const struct elf_class *class, uint8_t order, const uint8_t *p)
{
	return class->word == 4 ? elf_load32(order, p) : elf_load64(order, p);
}

static inline uint64_t elf_phdr_word(const struct elf_class *class, uint8_t order, const uint8_t *phdr,
				     enum elf_phdr_word which)
{
	return elf_load_word(class, order, phdr + (size_t)which * class->word);
}

/* The same of an address: all ones of either class are ELF_NO_ADDRESS. */
static inline uint64_t elf_phdr_address(const struct elf_class *class, uint8_t order,
					const uint8_t *phdr, enum elf_phdr_word which)
{
	const uint64_t value = elf_phdr_word(class, order, phdr, which);

	return class->word == 4 && value == UINT32_MAX ? ELF_NO_ADDRESS : value;
}

#endif
