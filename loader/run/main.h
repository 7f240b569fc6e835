/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAIN_H
#define MAIN_H

/* Called by arch/<arch>/start.S, or by main() of the hosted build. Returns the exit code. */
int loader_main(int argc, char **argv, char **envp);

#endif
