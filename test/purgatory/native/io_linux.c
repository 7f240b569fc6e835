/* SPDX-License-Identifier: Apache-2.0 */
/* Linux without a C library: the loader's system calls of the architecture; where a program begins is its start.S. */
#include "io.h"
#include "syscall.h"

enum { STANDARD_INPUT = 0, STANDARD_OUTPUT = 1 };

size_t io_read_all(uint8_t *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		const long got = arch_syscall(ARCH_NR_READ, STANDARD_INPUT, (long)(buffer + have),
					      (long)(size - have), 0, 0, 0);

		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

void io_print(const char *text)
{
	size_t size = 0;

	while (text[size] != '\0')
		size++;
	(void)arch_syscall(ARCH_NR_WRITE, STANDARD_OUTPUT, (long)text, (long)size, 0, 0, 0);
}

_Noreturn void io_exit(int status)
{
	for (;;)
		(void)arch_syscall(ARCH_NR_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

/* What the loader's start.S calls. */
int loader_main(int argc, char **argv, char **envp);

int loader_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	return test_main();
}
