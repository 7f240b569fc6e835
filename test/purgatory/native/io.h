/* SPDX-License-Identifier: Apache-2.0 */
/* What the test programs need of a system; hosted, or with system calls alone where there is no libc. */
#ifndef IO_H
#define IO_H

#include <stddef.h>
#include <stdint.h>

/* The program; its result is the exit status. */
int test_main(void);

/* Reads all of stdin, at most `size` bytes, and returns how many. */
size_t io_read_all(uint8_t *buffer, size_t size);
void io_print(const char *text);
_Noreturn void io_exit(int status);

#endif
