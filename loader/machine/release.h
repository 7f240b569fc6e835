/* SPDX-License-Identifier: Apache-2.0 */
/* The release of the running kernel, below any root: what `uname -r` says of the machine itself. */
#ifndef RELEASE_H
#define RELEASE_H

#include "base/reader.h"

#define RELEASE_PATH "/proc/sys/kernel/osrelease"
#define RELEASE_BYTES 128u

/* Without the newline at its end; empty when it cannot be read. */
void release_read(struct reader *reader, char *release, size_t size);

/* Of Linux A.B and what follows: is it older than `major`.`minor`? Not where it does not say. */
bool release_before(const char *release, uint64_t major, uint64_t minor);

#endif
