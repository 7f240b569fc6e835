/* SPDX-License-Identifier: Apache-2.0 */
/* Linux system calls of arm64: number in x8, arguments and result in x0 on. */
#include "io.h"

#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_EXIT 93

static long system_call(long number, long a, long b, long c)
{
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x8 __asm__("x8") = number;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x8) : "memory");
	return x0;
}

size_t io_read_all(uint8_t *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		long got = system_call(SYS_READ, 0, (long)(buffer + have), (long)(size - have));

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
	(void)system_call(SYS_WRITE, 1, (long)text, (long)size);
}

_Noreturn void io_exit(int status)
{
	for (;;)
		(void)system_call(SYS_EXIT, status, 0, 0);
}

_Noreturn void start(void);

_Noreturn void start(void)
{
	io_exit(test_main());
}

__asm__(".globl _start\n_start:\n\tbl start\n");
