/* SPDX-License-Identifier: Apache-2.0 */
/* The program's first C: it unpacks the constants, and leaves the rest to `loader_run`. */
#include "run/begin.h"

#include "base/lzma.h"
#include "base/sys.h"
#include "bundle_format.h"
#include "run/main.h"

/* Set by pack/loader.lds; nothing else is on the constants' pages. */
extern uint8_t constants_begin[], constants_end[];
extern const uint8_t constants_packed[];

/* A call, so that nothing constant is read before it. */
static __attribute__((noinline)) int run(int argc, char **argv, char **envp)
{
	return loader_run(argc, argv, envp);
}

int loader_main(int argc, char **argv, char **envp)
{
	const size_t size = (size_t)(constants_end - constants_begin);

	lzma_unpack(constants_begin, size, constants_packed);
	if (sys_pages_read_only(constants_begin, size) != 0)
		sys_exit(STATUS_FAILED);
	return run(argc, argv, envp);
}
