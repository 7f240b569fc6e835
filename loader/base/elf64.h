/* SPDX-License-Identifier: Apache-2.0 */
/* The few fields of 64-bit ELF core files that the loader reads and writes, of either byte order. */
#ifndef ELF64_H
#define ELF64_H

#include <stdint.h>

#include "byteorder.h"

#define ELF_MAGIC "\177ELF"
enum {
	ELF_CLASS_64 = 2,
	ELF_LITTLE = 1,
	ELF_BIG = 2,
	ELF_TYPE_CORE = 4,
	PT_NULL = 0,
	PT_LOAD = 1,
	PT_NOTE = 4,
};
enum {
	ELF64_AT_CLASS = 4,
	ELF64_AT_DATA = 5,
	ELF64_AT_TYPE = 16,
	ELF64_AT_MACHINE = 18,
	ELF64_AT_VERSION = 20,
	ELF64_AT_PHOFF = 32,
	ELF64_AT_EHSIZE = 52,
	ELF64_AT_PHENTSIZE = 54,
	ELF64_AT_PHNUM = 56,
	ELF64_HEADER_BYTES = 64,
};
enum {
	PHDR_AT_TYPE = 0,
	PHDR_AT_FLAGS = 4,
	PHDR_AT_OFFSET = 8,
	PHDR_AT_VADDR = 16,
	PHDR_AT_PADDR = 24,
	PHDR_AT_FILESZ = 32,
	PHDR_AT_MEMSZ = 40,
	PHDR_AT_ALIGN = 48,
	ELF64_PHDR_BYTES = 56,
};
/* namesz, descsz, type. */
enum { NOTE_HEADER_BYTES = 12 };

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

#endif
