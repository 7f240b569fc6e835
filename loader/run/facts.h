/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `--facts`: an archive of every file that a load reads, so that the same loader can show on another
 * machine, with --root, what it would do here.
 */
#ifndef FACTS_H
#define FACTS_H

#include "base/failure.h"
#include "machine/machine.h"
#include "base/reader.h"
#include "bundle/seal.h"

/*
 * Writes a ustar archive to `fd`. With a seal, the files that it names are in it too.
 * What cannot be read is not in it, as if the machine did not have it.
 */
enum status facts_write(int fd, struct machine *machine, struct reader *reader,
			const struct seal *seal, struct failure *f);

#endif
