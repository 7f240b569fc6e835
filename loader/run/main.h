/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAIN_H
#define MAIN_H

/* Called by `loader_main` of run/begin.c, or by main() of the hosted build. Returns the exit code. */
int loader_run(int argc, char **argv, char **envp);

#endif
