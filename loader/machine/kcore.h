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

#include "base/failure.h"
#include "base/reader.h"

/* ELF header, some dozen program headers, and notes of which a task_struct is the largest. */
#define KCORE_HEAD_MAX (256u << 10)
#define KCORE_LOADS_MAX 512u

struct kcore_load {
	uint64_t virtual_start;
	uint64_t physical; /* all ones when the kernel does not say */
	uint64_t size;
};

struct kcore {
	uint32_t load_count;
	struct kcore_load loads[KCORE_LOADS_MAX];
	/* VMCOREINFO's text, ended by NUL; empty when the file has none. */
	char vmcoreinfo[8192];
};

enum status kcore_read(struct kcore *kcore, struct reader *reader, struct failure *f);

/*
 * Bytes of the head that kcore_parse() needs, judged by the first `size` bytes of the file:
 * call with more bytes until the result is no larger than `size`. 0 = not an ELF core of 64 bits.
 */
size_t kcore_head_size(const uint8_t *head, size_t size);
/* `head` is as long as kcore_head_size() said. False when it contradicts itself. */
bool kcore_parse(struct kcore *kcore, const uint8_t *head, size_t size);

/* The text after "KEY=" of VMCOREINFO, or NULL. */
const char *kcore_vmcoreinfo(const struct kcore *kcore, const char *key);

#endif
