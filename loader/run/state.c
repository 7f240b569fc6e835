/* SPDX-License-Identifier: Apache-2.0 */
#include "run/state.h"

#include "memory.h"
#include "base/scan.h"
#include "base/sys.h"

#define ADMIN_EPOCH "/etc/crashseal/epoch"
#define LIB_FOLDER "/var/lib/crashseal"
#define FLOOR "floor"
#define LAST_GOOD "last-good"

/* Below another root than the machine's own, a path that starts with "/" would be the machine's. */
static const char *below(const struct root *root, const char *path)
{
	return root->real ? path : path + 1;
}

/* The folder, made with those above it when they are missing. */
static long open_folder(const struct root *root, const char *path)
{
	char step[32];
	long error = 0;

	path = below(root, path);
	for (size_t i = 0;; i++) {
		step[i] = '\0';
		if (i > 0 && (path[i] == '/' || path[i] == '\0'))
			error = sys_mkdirat(root->fd, step, 0755);
		if (path[i] == '\0')
			break;
		step[i] = path[i];
	}
	if (error < 0 && error != -SYS_EEXIST)
		return error;
	return sys_openat(root->fd, path, SYS_READ | sys_flag_directory(), 0);
}

/* Both folders' files are small text. */
static long keep(const struct root *root, const char *folder, const char *name,
		 const struct text *t, unsigned int mode)
{
	const long dir = t->cut ? -SYS_EFBIG : open_folder(root, folder);
	long error = dir;

	if (dir >= 0) {
		error = file_replace((int)dir, name, t->buffer, t->used, mode);
		sys_close((int)dir);
	}
	return error;
}

static bool missing(long error)
{
	return error == -SYS_ENOENT || error == -SYS_ENOTDIR;
}

enum status floor_read(struct reader *reader, struct floor *floor, struct failure *f)
{
	const char *path = ADMIN_EPOCH;
	char text[80];
	const char *at = text;
	size_t used;
	long error;

	*floor = (struct floor){ 0 };
	error = reader_decimal(reader, path, &floor->admin_epoch);
	if (error == 0 || missing(error)) {
		path = LIB_FOLDER "/" FLOOR;
		error = reader_text(reader, path, text, sizeof(text), &used);
		if (missing(error))
			return STATUS_OK;
		if (error == 0 &&
		    !(scan_word(&at, "epoch ") && scan_decimal(&at, &floor->epoch) &&
		      scan_word(&at, "\ntime ") && scan_decimal(&at, &floor->time) &&
		      str_equal(at, "\n") && floor->time <= LAST_SECOND))
			error = -SYS_EINVAL;
	}
	if (error == 0)
		return STATUS_OK;
	return fail_file(f, STATUS_BAD_FLOOR, "the floor cannot be read:", path, error,
			 "set it right, or remove it to begin anew");
}

long floor_keep(const struct root *root, const struct floor *floor)
{
	char line[80];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_put(&t, "epoch ");
	text_decimal(&t, floor->epoch);
	text_put(&t, "\ntime ");
	text_decimal(&t, floor->time);
	text_char(&t, '\n');
	return keep(root, LIB_FOLDER, FLOOR, &t, 0644);
}

/* Between two tries for the lock. */
#define LOCK_STEP 50u

enum status lock_take(const struct root *root, uint64_t milliseconds, struct failure *f)
{
	static const char path[] = RUN_FOLDER "/lock";
	const long dir = open_folder(root, RUN_FOLDER);
	long error = dir;

	if (dir >= 0) {
		error = sys_openat((int)dir, "lock",
				   SYS_READ_WRITE | SYS_CREATE | sys_flag_no_follow(), 0600);
		sys_close((int)dir);
	}
	if (error >= 0) {
		/* Never closed: the kernel does it when this program has ended, however it ends. */
		const int fd = (int)error;

		for (uint64_t waited = 0;; waited += LOCK_STEP) {
			error = sys_try_lock(fd);
			if ((error != -SYS_EAGAIN && error != -SYS_EINTR) || waited >= milliseconds)
				break;
			sys_sleep(LOCK_STEP);
		}
		/* A kernel without CONFIG_FILE_LOCKING has no locks to take; its kexec calls exclude each other. */
		if (error == -SYS_ENOSYS)
			error = 0;
	}
	if (error >= 0)
		return STATUS_OK;
	if (error == -SYS_EAGAIN) {
		struct text *t = failure_begin(f, STATUS_FAILED);

		text_put(t, "another loader has held " RUN_FOLDER "/lock for ");
		text_decimal(t, milliseconds / 1000);
		text_put(t, " s");
		failure_detail(f, DETAIL_LOCK_HELD);
		failure_path(f, path);
		return failure_end(f, "see what it waits for: fuser -v /run/crashseal/lock");
	}
	return fail_file(f,
			 error == -SYS_EACCES || error == -SYS_EPERM ? STATUS_NO_PERMISSION :
								       STATUS_FAILED,
			 "cannot lock", path, error, "run as root, where /run can be written");
}

/* By words: nothing of this is secret, and at every boot all of it is compared. */
static bool same_words(const uint64_t *a, const uint64_t *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Is it kept already, every byte of it? A damaged copy does not count. */
static bool is_kept(int dir, const struct file_image *image)
{
	/* Past what was read last, both have what was found to be the same before, or zeros. */
	static uint64_t ours[8192], theirs[8192];
	const long fd = sys_openat(dir, LAST_GOOD,
				   SYS_READ | SYS_NO_WAIT | sys_flag_no_follow(), 0);
	struct sys_stat state;
	uint64_t at = 0;

	if (fd < 0)
		return false;
	bool same = sys_stat_fd((int)fd, &state) == 0 && sys_is_regular(&state) &&
		    state.size == image->size;
	while (same && at < image->size) {
		const long got = file_read_part((int)fd, ours, sizeof(ours), at);

		same = got > 0 && file_read_part(image->fd, theirs, sizeof(theirs), at) == got &&
		       same_words(ours, theirs, ((size_t)got + 7) / 8);
		at += same ? (uint64_t)got : 0;
	}
	sys_close((int)fd);
	/* What is compared must be what was armed. */
	return same && file_is_as_opened(image);
}

long last_good_keep(const struct root *root, const struct file_image *image)
{
	static uint8_t part[65536];
	const long dir = open_folder(root, LIB_FOLDER);
	long error = dir;

	if (dir >= 0 && !is_kept((int)dir, image)) {
		const long fd = file_new((int)dir, LAST_GOOD, 0600);
		uint64_t at = 0;

		/* In memory it is filled in. */
		error = fd;
		while (error >= 0 && (error = file_read_part(image->fd, part, sizeof(part), at)) > 0) {
			at += (uint64_t)error;
			error = file_write_all((int)fd, part, (size_t)error);
		}
		if (error == 0 && !file_is_as_opened(image))
			error = -SYS_ESTALE;
		if (fd >= 0)
			error = file_done((int)dir, LAST_GOOD, (int)fd, error);
	}
	if (dir >= 0)
		sys_close((int)dir);
	return error < 0 ? error : 0;
}

long attestation_keep(const struct root *root, const struct file_image *image)
{
	static const char name[] = LAST_GOOD ATTESTATION_ENDING;
	long error = open_folder(root, LIB_FOLDER);

	if (error >= 0) {
		const int dir = (int)error;

		error = image ? file_replace(dir, name, image->bytes, image->size, 0644) :
				sys_unlinkat(dir, name, 0);
		sys_close(dir);
	}
	return error == -SYS_ENOENT ? 0 : error;
}

struct kept keep_for_good(const struct root *root, const struct file_image *image,
			  const struct floor *before, const struct floor *raised)
{
	const bool rises = raised->epoch > before->epoch || raised->time > before->time;
	struct kept kept = { last_good_keep(root, image), 0 };

	if (kept.bundle < 0)
		kept.floor = rises ? kept.bundle : 0;
	else
		kept.floor = floor_keep(root, raised);
	return kept;
}

long run_keep(const struct root *root, const char *name, const struct text *t, unsigned int mode)
{
	return keep(root, RUN_FOLDER, name, t, mode);
}

void run_drop(const struct root *root, const char *name)
{
	char path[sizeof(RUN_FOLDER) + 32];
	struct text t;

	text_init(&t, path, sizeof(path));
	text_put(&t, RUN_FOLDER "/");
	text_put(&t, name);
	sys_unlinkat(root->fd, below(root, path), 0);
}

void record_drop(const struct root *root)
{
	run_drop(root, "armed.json");
	run_drop(root, "armed");
	run_drop(root, RUN_ARMED_SEAL);
	run_drop(root, RUN_ARMED_FROM);
}

long record_keep(const struct root *root, const struct text *json, const struct text *line)
{
	record_drop(root);
	/* It tells where the kernel's text and its map of memory are, which is for root alone. */
	const long error = keep(root, RUN_FOLDER, "armed.json", json, 0600);

	return error < 0 ? error : keep(root, RUN_FOLDER, "armed", line, 0644);
}

size_t record_read(const struct root *root, bool json, char *buf, size_t size)
{
	size_t used = 0;

	if (file_read_text(root, json ? RUN_FOLDER "/armed.json" : RUN_FOLDER "/armed", buf, size,
			   &used) < 0)
		return 0;
	while (used > 0 && buf[used - 1] == '\n')
		used--;
	return used;
}
