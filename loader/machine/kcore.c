/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/kcore.h"

#include "byteorder.h"
#include "base/elf.h"
#include "machine/unreadable.h"
#include "memory.h"
#include "base/scan.h"
#include "base/sys.h"

/*
 * /proc/kcore is of the machine's own byte order; under a foreign root that need not be ours, so
 * every load takes the order from the file.
 */
static uint8_t order_of(const uint8_t *head)
{
	return head[ELF_AT_DATA];
}

static const struct elf_class *class_of(const uint8_t *head)
{
	return elf_class_of(head[ELF_AT_CLASS]);
}

size_t kcore_head_size(const uint8_t *head, size_t size)
{
	if (size < ELF64_HEADER_BYTES)
		return ELF64_HEADER_BYTES;
	const struct elf_class *class = class_of(head);
	if (!mem_equal(head, ELF_MAGIC, 4) || head[ELF_AT_CLASS] != class->number ||
	    (order_of(head) != ELF_LITTLE && order_of(head) != ELF_BIG))
		return 0;
	uint8_t order = order_of(head);
	uint64_t at = elf_load_word(class, order, head + class->phoff);
	uint64_t count = elf_load16(order, head + class->phnum);
	if (elf_load16(order, head + ELF_AT_TYPE) != ELF_TYPE_CORE ||
	    elf_load16(order, head + class->phentsize) != class->phdr_bytes || count == 0 ||
	    at < class->header_bytes || at > KCORE_HEAD_MAX)
		return 0;
	if (count > (KCORE_HEAD_MAX - at) / class->phdr_bytes)
		return KCORE_TOO_MANY;
	size_t need = (size_t)(at + count * class->phdr_bytes);
	if (size < need)
		return need;
	size_t table = need;
	for (size_t p = (size_t)at; p < table; p += class->phdr_bytes) {
		if (elf_load32(order, head + p + PHDR_AT_TYPE) != PT_NOTE)
			continue;
		uint64_t offset = elf_phdr_word(class, order, head + p, PHDR_OFFSET);
		uint64_t filesz = elf_phdr_word(class, order, head + p, PHDR_FILESZ);
		/* Notes far into the file are left alone: they only serve as a cross-check. */
		if (offset < KCORE_HEAD_MAX && filesz <= KCORE_HEAD_MAX - offset &&
		    offset + filesz > need)
			need = (size_t)(offset + filesz);
	}
	return need;
}

static void take_notes(struct kcore *kcore, uint8_t order, const uint8_t *notes, size_t size)
{
	static const char name[] = "VMCOREINFO";

	for (size_t at = 0; size - at >= NOTE_HEADER_BYTES;) {
		uint64_t namesz = elf_load32(order, notes + at);
		uint64_t descsz = elf_load32(order, notes + at + 4);
		size_t left = size - at - NOTE_HEADER_BYTES;
		uint64_t name_room = (namesz + 3) & ~UINT64_C(3);
		uint64_t desc_room = (descsz + 3) & ~UINT64_C(3);
		if (name_room > left || desc_room > left - name_room)
			return;
		const uint8_t *note = notes + at + NOTE_HEADER_BYTES;
		if (namesz == sizeof(name) && mem_equal(note, name, sizeof(name)) &&
		    descsz < sizeof(kcore->vmcoreinfo)) {
			mem_copy(kcore->vmcoreinfo, note + name_room, (size_t)descsz);
			kcore->vmcoreinfo[descsz] = '\0';
			return;
		}
		at += NOTE_HEADER_BYTES + (size_t)(name_room + desc_room);
	}
}

bool kcore_parse(struct kcore *kcore, const uint8_t *head, size_t size)
{
	uint8_t order = order_of(head);
	const struct elf_class *class = class_of(head);
	size_t at = (size_t)elf_load_word(class, order, head + class->phoff);
	size_t count = elf_load16(order, head + class->phnum);

	kcore->elf_class = class->number;
	kcore->load_count = 0;
	kcore->vmcoreinfo[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = head + at + i * class->phdr_bytes;
		uint32_t type = elf_load32(order, p + PHDR_AT_TYPE);
		uint64_t offset = elf_phdr_word(class, order, p, PHDR_OFFSET);
		uint64_t filesz = elf_phdr_word(class, order, p, PHDR_FILESZ);
		if (type == PT_NOTE && offset < size && filesz <= size - offset)
			take_notes(kcore, order, head + offset, (size_t)filesz);
		if (type != PT_LOAD)
			continue;
		if (kcore->load_count == KCORE_LOADS_MAX)
			return false;
		struct kcore_load *load = &kcore->loads[kcore->load_count++];
		load->virtual_start = elf_phdr_word(class, order, p, PHDR_VADDR);
		load->physical = elf_phdr_address(class, order, p, PHDR_PADDR);
		load->size = elf_phdr_word(class, order, p, PHDR_MEMSZ);
	}
	return true;
}

static enum status too_many(struct failure *f)
{
	struct text *t = failure_begin(f, STATUS_TOO_MANY_RANGES);

	text_put(t, "/proc/kcore lists more than the ");
	text_decimal(t, KCORE_LOADS_MAX);
	text_put(t, " segments that the loader holds");
	failure_path(f, "/proc/kcore");
	return failure_end(f, "please report this: the machine has more ranges of memory than any that was known");
}

enum status kcore_read(struct kcore *kcore, struct reader *reader, struct failure *f)
{
	static uint8_t head[KCORE_HEAD_MAX];
	static const char path[] = "/proc/kcore";
	size_t size = 0, need = kcore_head_size(head, 0);

	while (need > size && need != KCORE_TOO_MANY) {
		long error = file_read_at(reader->root, path, head + size, need - size, size);
		if (error < 0) {
			/* EPERM: lockdown or no CAP_SYS_RAWIO. Without it there are no virtual addresses. */
			if (error == -SYS_EPERM || error == -SYS_EACCES || error == -SYS_ENOENT)
				return fail_file(f, STATUS_HIDDEN_ADDRESSES, "cannot read", path, error,
						 "the dump's header needs the kernel's virtual addresses; "
						 "CAP_SYS_RAWIO and CONFIG_PROC_KCORE give them, lockdown=confidentiality takes them");
			return machine_unreadable(f, path, error);
		}
		size = need;
		need = kcore_head_size(head, size);
	}
	if (need == KCORE_TOO_MANY || (need != 0 && !kcore_parse(kcore, head, size)))
		return too_many(f);
	if (need == 0)
		return fail(f, STATUS_BAD_LIVE_VALUE, "/proc/kcore is not the ELF core that it should be",
			    NULL);
	reader_record(reader, path, head, size);
	return STATUS_OK;
}

const char *kcore_vmcoreinfo(const struct kcore *kcore, const char *key)
{
	size_t length = str_length(key);
	const char *at = kcore->vmcoreinfo;

	while (*at != '\0') {
		if (str_starts(at, key) && at[length] == '=')
			return at + length + 1;
		while (*at != '\0' && *at != '\n')
			at++;
		if (*at == '\n')
			at++;
	}
	return NULL;
}

enum status kcore_number(const struct kcore *kcore, const char *key, uint64_t *value, struct failure *f)
{
	const char *at = kcore_vmcoreinfo(kcore, key);
	const bool there = at != NULL;
	bool good = false;

	if (there) {
		const bool negative = scan_word(&at, "-");

		good = (str_starts(at, "0x") ? scan_hex_prefixed(&at, value) : scan_decimal(&at, value)) &&
		       (*at == '\n' || *at == '\0');
		if (good && negative)
			*value = 0 - *value;
	}
	if (good)
		return STATUS_OK;
	struct text *t = failure_begin(f, there ? STATUS_BAD_LIVE_VALUE : STATUS_HIDDEN_ADDRESSES);

	text_put(t, "VMCOREINFO in /proc/kcore has no number ");
	text_put(t, key);
	failure_path(f, "/proc/kcore");
	return failure_end(f, "the dump's header needs the kernel's virtual addresses");
}
