/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load.h"

#include "base/sys.h"
#include "load/load_file.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define LOAD_DISABLED "/proc/sys/kernel/kexec_load_disabled"
/* Since 6.3: -1 is no limit, else the calls that are left. */
#define LOAD_LIMIT "/proc/sys/kernel/kexec_load_limit_panic"
#define LOADED "/sys/kernel/kexec_crash_loaded"

static bool contains(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (str_starts(text, word))
			return true;
	return false;
}

/* The state in force stands in brackets. No file: not mounted, or no lockdown built in. */
static bool locked_down(struct reader *reader)
{
	char text[128];
	size_t used;

	return reader_text(reader, LOCKDOWN, text, sizeof(text), &used) == 0 &&
	       (contains(text, "[integrity]") || contains(text, "[confidentiality]"));
}

enum status load_permitted(struct load *load, enum backend sealed, struct reader *reader,
			   struct failure *f)
{
	bool locked = locked_down(reader);
	uint64_t value;

	load->backend = sealed == BACKEND_FILE ? BACKEND_FILE : BACKEND_SEGMENTS;
	load->because = (enum file_reason)0;
	if (locked && sealed == BACKEND_SEGMENTS)
		return fail(f, STATUS_LOCKDOWN, "the kernel is locked down and forbids kexec_load",
			    "set backend: auto in the profile, or boot without lockdown (lockdown=; Secure Boot sets it)");
	if (locked && sealed == BACKEND_AUTO) {
		load->backend = BACKEND_FILE;
		load->because = FILE_REASON_LOCKED_DOWN;
	}
	if (reader_decimal(reader, LOAD_DISABLED, &value) == 0 && value != 0)
		return fail(f, STATUS_LOAD_DISABLED, "kernel.kexec_load_disabled is set",
			    "it can only be cleared by a reboot");
	if (reader_decimal(reader, LOAD_LIMIT, &value) == 0 && value == 0)
		return fail(f, STATUS_LOAD_DISABLED, "kernel.kexec_load_limit_panic is used up",
			    "it can only be raised by a reboot");
	if (reader->root->real && sys_geteuid() != 0)
		return fail(f, STATUS_NO_PERMISSION, "loading a capture kernel needs root",
			    "run as root, with CAP_SYS_BOOT in the initial user namespace");
	return STATUS_OK;
}

bool load_armed(struct reader *reader)
{
	uint64_t value;

	return reader_decimal(reader, LOADED, &value) == 0 && value == 1;
}

static const char *reason_of(enum backend backend, long error)
{
	static const char not_trusted[] =
		"lockdown wants the certificate that signed the sealed kernel in a keyring of this one (UEFI db, MOK), and the call CAP_SYS_BOOT";
	bool file = backend == BACKEND_FILE;

	switch (-error) {
	case SYS_ENOKEY:
	case SYS_EKEYREJECTED:
		return not_trusted;
	case SYS_EPERM:
		return file ? not_trusted :
			      "the caller has no CAP_SYS_BOOT, or a filter or lockdown forbids the call";
	case SYS_EACCES:
		return "a security policy (IMA or an LSM) forbids the call";
	case SYS_EBUSY:
		return "another load is under way; try again";
	case SYS_EADDRNOTAVAIL:
		return file ? "no room in the crash region: boot with a larger crashkernel=" :
			      "an address is outside the crash region: was it changed meanwhile?";
	case SYS_ENOMEM:
		return "no memory, or no room in the crash region for the kernel's own pages";
	case SYS_ENOSYS:
		return file ? "the kernel is built without CONFIG_KEXEC_FILE: set backend: segments in the profile" :
			      "the kernel is built without CONFIG_KEXEC";
	default:
		return "the kernel's log may say why";
	}
}

static enum status refused(struct reader *reader, enum backend backend, long error, bool was_armed,
			   struct failure *f)
{
	struct text *t = failure_begin(f, error == -SYS_ENOSYS		 ? STATUS_NO_BACKEND :
					  backend == BACKEND_FILE ? STATUS_FILE_REFUSED :
					  error == -SYS_EPERM		 ? STATUS_NO_PERMISSION :
									   STATUS_KERNEL_REFUSED);

	text_put(t, backend == BACKEND_FILE ? "kexec_file_load: " : "kexec_load: ");
	text_errno(t, error);
	if (was_armed && !load_armed(reader))
		text_put(t, "; the capture kernel that was armed before is gone");
	return failure_end(f, reason_of(backend, error));
}

static long load_segments(const struct load *load)
{
	struct sys_kexec_segment segments[SEAL_SEGMENTS_MAX];
	uint32_t count = load->seal->header.segment_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct loaded_segment *s = &load->segments[i];
		segments[i].buf = s->buf;
		segments[i].bufsz = (size_t)s->sealed->bufsz;
		segments[i].mem = (unsigned long)s->mem;
		segments[i].memsz = (size_t)s->sealed->memsz;
	}
	return sys_kexec_load((unsigned long)load->entry, count, segments,
			      SYS_KEXEC_ON_CRASH | (unsigned long)load->arch->machine << 16 |
				      (load->hotplug ? SYS_KEXEC_UPDATE_ELFCOREHDR : 0));
}

enum status load_image(struct load *load, struct reader *reader, struct failure *f)
{
	bool was_armed = load_armed(reader);
	long error = load->backend == BACKEND_FILE ? load_file(load) : load_segments(load);

	/*
	 * Lockdown that /sys does not tell of, or IMA's policy under Secure Boot, which it never does:
	 * the kernel answers so before it frees anything.
	 */
	if (load->backend == BACKEND_SEGMENTS && load->seal->header.backend == BACKEND_AUTO &&
	    (error == -SYS_EACCES || (error == -SYS_EPERM && !reader_exists(reader, LOCKDOWN)))) {
		load->backend = BACKEND_FILE;
		load->because = error == -SYS_EACCES ? FILE_REASON_POLICY : FILE_REASON_FORBIDDEN;
		error = load_file(load);
	}
	if (error < 0)
		return refused(reader, load->backend, error, was_armed, f);
	if (!load_armed(reader))
		return fail(f, STATUS_KERNEL_REFUSED,
			    "the call succeeded, but " LOADED " does not say so", NULL);
	return STATUS_OK;
}

enum status load_unload(struct reader *reader, struct failure *f)
{
	static struct load load;
	enum status status = load_permitted(&load, BACKEND_AUTO, reader, f);

	if (status != STATUS_OK)
		return status;
	long error = sys_kexec_load(0, 0, NULL, SYS_KEXEC_ON_CRASH);
	if (error == -SYS_EPERM || error == -SYS_EACCES) {
		load.backend = BACKEND_FILE;
		error = sys_kexec_file_load(-1, -1, 0, NULL,
					    SYS_KEXEC_FILE_UNLOAD | SYS_KEXEC_FILE_ON_CRASH);
	}
	return error < 0 ? refused(reader, load.backend, error, false, f) : STATUS_OK;
}

bool load_can_be_limited(struct reader *reader)
{
	return reader_exists(reader, LOAD_LIMIT);
}

long load_limit(const struct root *root)
{
	long fd = root_openat(root, LOAD_LIMIT, SYS_WRITE);

	if (fd < 0)
		return fd;
	long error = file_write_all((int)fd, "0\n", 2);
	sys_close((int)fd);
	return error;
}

