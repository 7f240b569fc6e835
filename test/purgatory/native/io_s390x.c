/* SPDX-License-Identifier: Apache-2.0 */
/* Linux system calls of s390x: number by SVC 0 in r1, arguments and result in r2 on. */
#include "io.h"

#define SYS_EXIT 1
#define SYS_READ 3
#define SYS_WRITE 4

static long system_call(long number, long a, long b, long c)
{
	register long r1 __asm__("r1") = number;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;

	__asm__ volatile("svc 0" : "+r"(r2) : "r"(r1), "r"(r3), "r"(r4) : "memory");
	return r2;
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

/* The ABI wants 160 bytes for the callee above the stack pointer. */
__asm__(".globl _start\n_start:\n\taghi %r15, -160\n\tbrasl %r14, start\n");
