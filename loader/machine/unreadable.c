/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/unreadable.h"

#include "base/sys.h"

enum status machine_unreadable(struct failure *f, const char *path, long error)
{
	if (error == -SYS_EINVAL)
		return fail_file(f, STATUS_BAD_LIVE_VALUE, "not of the expected form:", path, error,
				 "please report this with what the file holds: nothing was loaded");
	if (error == -SYS_EACCES || error == -SYS_EPERM)
		return fail_file(f, STATUS_BAD_LIVE_VALUE, "cannot read", path, error, "run as root");
	return fail_file(f, STATUS_BAD_LIVE_VALUE, "cannot read", path, error,
			 "/proc and /sys must be mounted, and the running kernel built with CONFIG_CRASH_DUMP and CONFIG_KEXEC");
}
