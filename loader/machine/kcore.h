/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of /proc/kcore: program headers that say at which virtual address physical memory is,
 * and VMCOREINFO in a note. Only the head is read; memory itself never is.
 */
#ifndef KCORE_H
#define KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/elf.h"
#include "base/failure.h"
#include "base/range.h"
#include "base/reader.h"

/*
 * For each range of RAM the kernel lists two segments, of the direct map and of the memory map that
 * describes it (SPARSEMEM_VMEMMAP), and beyond them its text, modules, vmalloc and a few more.
 */
#define KCORE_LOADS_MAX (2 * RANGES_MAX + 32)
/*
 * Program headers, and the notes of fs/proc/kcore.c: prstatus, prpsinfo, a task_struct, which with its
 * registers is the largest and has some ten KiB, and VMCOREINFO, a page.
 */
#define KCORE_HEAD_MAX (1u << 20)
_Static_assert(KCORE_HEAD_MAX >= KCORE_LOADS_MAX * ELF64_PHDR_BYTES + (256u << 10), "a head holds every segment and its notes");

struct kcore_load {
	uint64_t virtual_start;
	uint64_t physical; /* ELF_NO_ADDRESS when the kernel does not say */
	uint64_t size;
};

struct kcore {
	uint8_t elf_class; /* that of the running kernel, whatever this program's is */
	uint32_t load_count;
	struct kcore_load loads[KCORE_LOADS_MAX];
	/* VMCOREINFO's text, ended by NUL; empty when the file has none. */
	char vmcoreinfo[8192];
};

enum status kcore_read(struct kcore *kcore, struct reader *reader, struct failure *f);

/*
 * Bytes of the head that kcore_parse() needs, judged by the first `size` bytes of the file:
 * call with more bytes until the result is no larger than `size`. 0 = not an ELF core;
 * KCORE_TOO_MANY = one with more program headers than there is room for.
 */
#define KCORE_TOO_MANY SIZE_MAX
size_t kcore_head_size(const uint8_t *head, size_t size);
/* `head` is as long as kcore_head_size() said. False when it lists more segments than there is room for. */
bool kcore_parse(struct kcore *kcore, const uint8_t *head, size_t size);

/* The text after "KEY=" of VMCOREINFO, or NULL. */
const char *kcore_vmcoreinfo(const struct kcore *kcore, const char *key);
/*
 * A number there, "NUMBER(kimage_voffset)": decimal with or without a sign, or hex after 0x. STATUS_OK;
 * STATUS_HIDDEN_ADDRESSES when there is none, STATUS_BAD_LIVE_VALUE when it is none.
 */
enum status kcore_number(const struct kcore *kcore, const char *key, uint64_t *value, struct failure *f);

#endif
