/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/ccw.h"

#include "base/sys.h"

#define DEVICE_FOLDER "/sys/bus/ccw/devices/"

static enum status offline(struct failure *f, enum detail detail, const char *path, const char *id,
			   const char *how, const char *tool)
{
	struct text *t = failure_begin(f, STATUS_DEVICE_OFFLINE);

	text_put(t, "CCW device ");
	text_chars(t, id, CCW_ID_LENGTH);
	text_put(t, how);
	failure_detail(f, detail);
	failure_path(f, path);
	t = failure_hint(f);
	text_put(t, tool);
	text_chars(t, id, CCW_ID_LENGTH);
	return STATUS_DEVICE_OFFLINE;
}

enum status ccw_online(struct reader *reader, const char id[static CCW_ID_LENGTH],
		       struct failure *f)
{
	char path[sizeof(DEVICE_FOLDER) + CCW_ID_LENGTH + sizeof("/online")];
	struct text t;
	uint64_t online;

	text_init(&t, path, sizeof(path));
	text_put(&t, DEVICE_FOLDER);
	text_chars(&t, id, CCW_ID_LENGTH);
	text_put(&t, "/online");
	long error = reader_decimal(reader, path, &online);
	if (error == -SYS_ENOENT || error == -SYS_ENOTDIR)
		return offline(f, DETAIL_DEVICE_MISSING, path, id, ", which the bundle needs, is not there",
			       "is it attached? if it is being ignored: cio_ignore -r ");
	if (error < 0) {
		fail_file(f, STATUS_DEVICE_OFFLINE, "cannot read", path, error, NULL);
		failure_detail(f, DETAIL_DEVICE_OFFLINE);
		return STATUS_DEVICE_OFFLINE;
	}
	if (online != 1)
		return offline(f, DETAIL_DEVICE_OFFLINE, path, id,
			       ", which the bundle needs, is not online", "chccwdev -e ");
	return STATUS_OK;
}
