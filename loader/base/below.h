/* SPDX-License-Identifier: Apache-2.0 */
/* Opening below a directory on kernels that cannot do so themselves (openat2(2) is of Linux 5.6). */
#ifndef BELOW_H
#define BELOW_H

/*
 * sys_open_below() without openat2(2): one name at a time, links followed by their text, `root` as "/".
 * No file outside of `root` is opened, also while others rename and replace what is below it.
 * A descriptor, or -errno; -SYS_ELOOP for too many links, -SYS_ENAMETOOLONG where their text is too long
 * or folders are nested deeper than the walk remembers.
 */
long open_below_by_steps(int root, const char *path, int flags);

#endif
