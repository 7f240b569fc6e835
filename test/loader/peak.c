/* SPDX-License-Identifier: Apache-2.0 */
/* The whole loader, under sanitizers, and on a line of its own the most memory that it took, in KiB. */
#include "run/main.c"

#include <stdio.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	const int code = loader_run(argc, argv, NULL);

	getrusage(RUSAGE_SELF, &usage);
	printf("%ld\n", usage.ru_maxrss);
	return code;
}
