/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole loader, which stops itself (SIGSTOP) before it opens /sys/held below its root for the first
 * time: what a test changes then, changes between a first and a second reading. SIGCONT lets it go on.
 */
#include <signal.h>
#include <string.h>

/* All of sys.c is here, so that the core's own is not linked. */
#define sys_open_below open_below_at_once
#include "base/sys.c"
#undef sys_open_below

long sys_open_below(int root, const char *path, int flags, unsigned int mode);

long sys_open_below(int root, const char *path, int flags, unsigned int mode)
{
	static bool was_held;

	if (!was_held && strcmp(path, "/sys/held") == 0) {
		was_held = true;
		raise(SIGSTOP);
	}
	return open_below_at_once(root, path, flags, mode);
}

#include "run/main.c"

int main(int argc, char **argv)
{
	return loader_main(argc, argv, NULL);
}
