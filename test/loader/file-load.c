/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kexec_file_load(2) is given as command line by one load after another, as when the last good
 * bundle is armed after a call that failed.
 *
 *	file-load WORDS...              a line each: the size, and the bytes with \0 for a NUL
 */
#include <stdio.h>
#include <string.h>

/* All of sys.c is here, so that the core's own is not linked. */
#define sys_kexec_file_load kexec_file_load_at_once
#include "base/sys.c"
#undef sys_kexec_file_load

#include "load/load_file.h"

long sys_kexec_file_load(int kernel, int initramfs, size_t size, const char *line,
			 unsigned long flags);

long sys_kexec_file_load(int kernel, int initramfs, size_t size, const char *line,
			 unsigned long flags)
{
	(void)kernel;
	(void)initramfs;
	(void)flags;
	printf("%zu ", size);
	for (size_t i = 0; i < size; i++)
		if (line[i] == '\0')
			fputs("\\0", stdout);
		else
			putchar(line[i]);
	putchar('\n');
	return -SYS_EKEYREJECTED;
}

int main(int argc, char **argv)
{
	static struct seal seal;
	const struct load load = { .seal = &seal };

	for (int i = 1; i < argc; i++) {
		seal.strings = argv[i];
		seal.header.command_line_length = (uint32_t)strlen(argv[i]);
		if (load_file(&load) != -SYS_EKEYREJECTED)
			return 1;
	}
	return 0;
}
