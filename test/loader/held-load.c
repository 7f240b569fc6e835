/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole loader, which stops itself (SIGSTOP) before it opens /sys/held below its root for the first
 * time: what a test changes then, changes between a first and a second reading. SIGCONT lets it go on.
 * It does not try again, unless HELD_AGAIN is set: then every try is held.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* All of sys.c is here, so that the core's own is not linked. */
#define sys_open_below open_below_at_once
#define sys_sleep sleep_in_earnest
#include "base/sys.c"
#undef sys_open_below
#undef sys_sleep

long sys_open_below(int root, const char *path, int flags, unsigned int mode);
long sys_sleep(uint64_t milliseconds);

static bool was_held;

long sys_sleep(uint64_t milliseconds)
{
	was_held = false;
	return getenv("HELD_AGAIN") ? sleep_in_earnest(milliseconds) : -SYS_EINTR;
}

long sys_open_below(int root, const char *path, int flags, unsigned int mode)
{
	if (!was_held && strcmp(path, "/sys/held") == 0) {
		was_held = true;
		raise(SIGSTOP);
	}
	return open_below_at_once(root, path, flags, mode);
}

#include "run/main.c"

int main(int argc, char **argv)
{
	return loader_run(argc, argv, NULL);
}
