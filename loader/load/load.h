/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of filled segments: kexec_load(2) or kexec_file_load(2). */
#ifndef LOAD_H
#define LOAD_H

#include "base/failure.h"
#include "segments/segments.h"
#include "base/reader.h"

/*
 * Would the kernel let us, and by which call? Judged by what it tells in /proc and /sys, and by the
 * user id where the root is the machine's own: a call that fails has already freed what was armed.
 * After: STATUS_OK and load->backend, load->because as segments.h has them; or STATUS_NO_PERMISSION,
 *        STATUS_LOAD_DISABLED, STATUS_LOCKDOWN.
 */
enum status load_permitted(struct load *load, enum backend sealed, struct reader *reader,
			   struct failure *f);

/* Is a capture kernel loaded? */
bool load_armed(struct reader *reader);

/*
 * Before: everything is filled and checked.
 * After:  STATUS_OK and the kernel says that a capture kernel is loaded, by load->backend, which for
 *         a seal that leaves the choice may be another now; or a status, and what was armed before
 *         may be gone (the failure's message says so).
 */
enum status load_image(struct load *load, struct reader *reader, struct failure *f);
enum status load_unload(struct reader *reader, struct failure *f);

/* Whether the kernel has kernel.kexec_load_limit_panic. */
bool load_can_be_limited(struct reader *reader);

/* kernel.kexec_load_limit_panic = 0: nobody replaces the image until the next boot. 0 or -errno. */
long load_limit(const struct root *root);

#endif
