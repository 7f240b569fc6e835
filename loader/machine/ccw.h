/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the channel subsystem (s390x), by the bus id that sysfs has for them: "0.S.DDDD". */
#ifndef CCW_H
#define CCW_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/reader.h"

/* A bus id, and its form without NUL. */
#define CCW_ID_LENGTH 8u

/*
 * Reads `size` characters, no more and no fewer: subchannel set S and device number as S << 16 | DDDD.
 * NULL, or what is wrong, as words to follow "is no CCW bus id: ".
 */
const char *ccw_parse(const char *id, size_t size, uint64_t *value);

/* STATUS_DEVICE_OFFLINE, with what to do, unless the device is there and online. `id` is a bus id. */
enum status ccw_online(struct reader *reader, const char id[static CCW_ID_LENGTH],
		       struct failure *f);

#endif
