/* SPDX-License-Identifier: Apache-2.0 */
#include "load/emit.h"

#include "base/sys.h"

enum status load_emit_failed(struct failure *f, const char *name, long error)
{
	return fail_file(f, STATUS_FAILED, "cannot write", name, error,
			 "name a folder of your own, with room for the segments");
}

enum status load_emit(const struct load *load, const char *dir, int *dir_fd, struct failure *f)
{
	long error = sys_mkdirat(SYS_HERE, dir, 0755);
	long fd = error;

	if (error == 0 || error == -SYS_EEXIST)
		fd = sys_openat(SYS_HERE, dir, SYS_READ | sys_flag_directory(), 0);
	if (fd < 0)
		return load_emit_failed(f, dir, fd);
	/* With kexec_file_load(2) there are none. */
	uint32_t count = load->backend == BACKEND_FILE ? 0 : load->seal->header.segment_count;
	for (uint32_t i = 0; i < count; i++) {
		const struct loaded_segment *s = &load->segments[i];
		char name[64];
		struct text t;
		text_init(&t, name, sizeof(name));
		text_put(&t, s->sealed->name);
		text_char(&t, '@');
		text_hex(&t, s->mem);
		/* They tell what /proc/kcore and /proc/iomem tell root alone. */
		error = file_replace((int)fd, name, s->buf, (size_t)s->sealed->bufsz, 0600);
		if (error < 0) {
			sys_close((int)fd);
			return load_emit_failed(f, name, error);
		}
	}
	*dir_fd = (int)fd;
	return STATUS_OK;
}
