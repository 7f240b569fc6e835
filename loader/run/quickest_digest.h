/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a CPU's instructions digest fastest is measured: an emulator's vectors, and some CPUs', are slower than plain C. */
#ifndef QUICKEST_DIGEST_H
#define QUICKEST_DIGEST_H

#include <stdint.h>

/*
 * `features` (sha256.h), which are the CPU's own, without those by which digests take longer than by one that gives way
 * to them, or by none: longer by more than an eighth. 4 KiB are digested five times by each; a server needs less than a
 * millisecond. Without a clock: `features`.
 */
uint64_t quickest_digest(uint64_t features);

#endif
