/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the channel subsystem (s390x): are they there, and online? */
#ifndef CCW_H
#define CCW_H

#include "base/ccw_id.h"
#include "base/failure.h"
#include "base/reader.h"

/* STATUS_DEVICE_OFFLINE, with what to do, unless the device is there and online. `id` is a bus id. */
enum status ccw_online(struct reader *reader, const char id[static CCW_ID_LENGTH],
		       struct failure *f);

#endif
