/* SPDX-License-Identifier: Apache-2.0 */
/* The whole loader as a program of the build machine, under sanitizers. */
#include "run/main.c"

int main(int argc, char **argv)
{
	return loader_run(argc, argv, NULL);
}
