/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a CPU's instructions digest fastest is measured: an emulator's vectors, and some CPUs', are slower than plain C. */
#ifndef QUICKEST_DIGEST_H
#define QUICKEST_DIGEST_H

#include <stdint.h>

/*
 * Those of `features` (sha256.h), which are the CPU's own, to digest by: `features` itself unless fewer are quicker by
 * more than an eighth. It takes less than a millisecond. Without a clock: `features`.
 */
uint64_t quickest_digest(uint64_t features);

#endif
