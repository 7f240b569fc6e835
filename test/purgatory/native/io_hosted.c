/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "io.h"

size_t io_read_all(uint8_t *buffer, size_t size)
{
	return fread(buffer, 1, size, stdin);
}

void io_print(const char *text)
{
	fputs(text, stdout);
}

_Noreturn void io_exit(int status)
{
	exit(status);
}

int main(void)
{
	return test_main();
}
