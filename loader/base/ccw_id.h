/* SPDX-License-Identifier: Apache-2.0 */
/* Bus ids of the channel subsystem (s390x), as sysfs writes them: "0.S.DDDD". */
#ifndef CCW_ID_H
#define CCW_ID_H

#include <stddef.h>
#include <stdint.h>

/* A bus id, and its form without NUL. */
#define CCW_ID_LENGTH 8u

/*
 * Reads `size` characters, no more and no fewer: subchannel set S and device number as S << 16 | DDDD.
 * NULL, or what is wrong, as words to follow "is not a CCW bus id: ".
 */
const char *ccw_parse(const char *id, size_t size, uint64_t *value);

#endif
