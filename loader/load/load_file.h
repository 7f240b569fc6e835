/* SPDX-License-Identifier: Apache-2.0 */
/* The other call: the kernel makes its segments itself. docs/loader.md, "Backends". */
#ifndef LOAD_FILE_H
#define LOAD_FILE_H

#include "segments/segments.h"

/*
 * kexec_file_load(2) of the kernel's whole file, the parts of the initramfs one after the other on
 * pages of their own, as segments have them, and the sealed command line. 0 or -errno.
 */
long load_file(const struct load *load);

#endif
