/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BEGIN_H
#define BEGIN_H

/* Called by arch/<arch>/start.S. Returns the exit code. */
int loader_main(int argc, char **argv, char **envp);

#endif
