/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load_file.h"

#include "base/file.h"
#include "memory.h"
#include "base/sys.h"

/* Segments begin on pages; between the parts of an initramfs the kernel skips zeros. */
#define PAGE 4096u
/* x86's COMMAND_LINE_SIZE is 2048, s390x's default 4096. */
#define COMMAND_LINE_MAX 4096u

/* With vm.memfd_noexec the kernel wants to be told, and before 6.3 it does not know the word. */
static long memory_file(void)
{
	long fd = sys_memfd("crashseal", SYS_MEMFD_CLOSE_ON_EXEC | SYS_MEMFD_NO_EXEC);

	return fd == -SYS_EINVAL ? sys_memfd("crashseal", SYS_MEMFD_CLOSE_ON_EXEC) : fd;
}

/* The file that the kernel's segment points into, or all parts of the initramfs. */
static long write_parts(const struct load *load, uint16_t kind, long fd)
{
	uint64_t at = 0;
	long error = fd < 0 ? fd : 0;

	for (uint32_t i = 0; i < load->seal->header.segment_count && error >= 0; i++) {
		const struct seal_segment *s = load->segments[i].sealed;
		const uint8_t *bytes = load->segments[i].buf;
		uint64_t size = s->bufsz;
		if (s->kind != kind)
			continue;
		if (kind == SEGMENT_KIND_KERNEL) {
			bytes -= s->buf_offset;
			size = load->seal->members[s->member].size;
		}
		error = sys_lseek((int)fd, (int64_t)at, 0);
		if (error >= 0)
			error = file_write_all((int)fd, bytes, (size_t)size);
		at += (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	}
	return error;
}

long load_file(const struct load *load)
{
	static char line[COMMAND_LINE_MAX];
	const struct seal_header *h = &load->seal->header;
	long kernel = memory_file(), initramfs = memory_file();
	long error = write_parts(load, SEGMENT_KIND_KERNEL, kernel);

	if (error >= 0)
		error = write_parts(load, SEGMENT_KIND_INITRAMFS, initramfs);
	if (error >= 0 && h->command_line_length >= sizeof(line))
		error = -SYS_EINVAL;
	if (error >= 0) {
		mem_copy(line, load->seal->strings + h->command_line_offset,
			 h->command_line_length);
		/* After it stands what another bundle's was, where that was tried before. */
		line[h->command_line_length] = '\0';
		error = sys_kexec_file_load((int)kernel, (int)initramfs, h->command_line_length + 1,
					    line, SYS_KEXEC_FILE_ON_CRASH);
	}
	sys_close((int)kernel);
	sys_close((int)initramfs);
	return error;
}
