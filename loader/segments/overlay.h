/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local overlay: an archive that only this machine has, appended to the capture initramfs. It
 * holds what a bundle must not, such as the key for a dump target.
 */
#ifndef OVERLAY_H
#define OVERLAY_H

#include "bundle/envelope.h"
#include "segments/segments.h"

/*
 * Reads the file that --overlay names into the segment that the seal has for it, before anything is
 * placed or digested; without a file the segment stays as sealed, all zeros.
 * What the seal's rules want of it must be in it. `expected`: that there is one is known here, so that
 * none breaks those rules too; on the facts of another machine nobody knows.
 * Before: the members are as sealed.
 * After:  STATUS_OK and load->overlay_size, load->overlay_digest; or STATUS_OVERLAY_REFUSED.
 */
enum status overlay_read(const char *path, bool expected, const struct seal *seal,
			 const struct bundle *bundle, uint64_t hash_features, struct load *load, struct failure *f);

#endif
