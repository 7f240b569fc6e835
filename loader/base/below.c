/* SPDX-License-Identifier: Apache-2.0 */
#include "base/below.h"

#include "base/sys.h"
#include "base/text.h"
#include "memory.h"

enum {
	NAME_BYTES = 256,
	/* What is left to walk: PATH_MAX of Linux. */
	REST_BYTES = 4096,
	/* As many links as Linux follows. */
	LINKS_MAX = 40,
	/* Device links of sysfs lead some dozen folders deep. */
	FOLDERS_MAX = 64,
};

/* The folders from the root to where the walk is. They stay open, so that ".." needs no look at the disk. */
struct walk {
	int folders[FOLDERS_MAX];
	unsigned int depth; /* of folders[], the root not counted */
	int root;
	unsigned int links;
	/* Ends at the end of the buffer, so that a link's text fits before it. */
	char rest[REST_BYTES];
	size_t at;
};

static int here(const struct walk *walk)
{
	return walk->depth == 0 ? walk->root : walk->folders[walk->depth - 1];
}

static void leave(struct walk *walk)
{
	if (walk->depth > 0)
		sys_close(walk->folders[--walk->depth]);
}

static void leave_all(struct walk *walk)
{
	while (walk->depth > 0)
		leave(walk);
}

/* Puts `text` before what is left to walk. */
static long walk_first(struct walk *walk, const char *text, size_t size)
{
	if (size > walk->at)
		return -SYS_ENAMETOOLONG;
	walk->at -= size;
	mem_copy(walk->rest + walk->at, text, size);
	return 0;
}

/* The next name, "" at the end. *last: nothing follows, also no slash. */
static long next_name(struct walk *walk, char name[static NAME_BYTES], bool *last)
{
	size_t n = 0;

	while (walk->rest[walk->at] == '/')
		walk->at++;
	for (; walk->rest[walk->at] != '\0' && walk->rest[walk->at] != '/'; n++) {
		if (n == NAME_BYTES - 1)
			return -SYS_ENAMETOOLONG;
		name[n] = walk->rest[walk->at++];
	}
	name[n] = '\0';
	*last = walk->rest[walk->at] == '\0';
	return 0;
}

/* `fd` is a link. Its text is what is walked next. */
static long follow(struct walk *walk, int fd)
{
	static char text[REST_BYTES];
	long size;

	if (++walk->links > LINKS_MAX)
		return -SYS_ELOOP;
	size = sys_readlinkat(fd, "", text, sizeof(text));
	if (size < 0)
		return size;
	if ((size_t)size == sizeof(text))
		return -SYS_ENAMETOOLONG;
	if (size == 0)
		return -SYS_ENOENT;
	if (text[0] == '/')
		leave_all(walk);
	return walk_first(walk, text, (size_t)size);
}

/* Goes on by `name`, a link or a folder: 0, or -errno. *at_end: it is neither, and the last name of all. */
static long step(struct walk *walk, const char *name, bool last, bool *at_end)
{
	struct sys_stat state;
	const long fd = sys_openat(here(walk), name, SYS_PATH | sys_flag_no_follow(), 0);
	long error;

	if (fd < 0)
		return fd;
	error = sys_stat_fd((int)fd, &state);
	if (error == 0 && sys_is_link(&state))
		error = follow(walk, (int)fd);
	else if (error == 0 && sys_is_directory(&state) && walk->depth < FOLDERS_MAX) {
		walk->folders[walk->depth++] = (int)fd;
		return 0;
	} else if (error == 0 && sys_is_directory(&state))
		error = -SYS_ENAMETOOLONG;
	else if (error == 0 && last)
		*at_end = true;
	else if (error == 0)
		error = -SYS_ENOTDIR;
	sys_close((int)fd);
	return error;
}

static long walk_on(struct walk *walk, int flags)
{
	char name[NAME_BYTES];
	bool at_end = false;

	while (!at_end) {
		bool last;
		long error = next_name(walk, name, &last);

		if (error == 0 && str_equal(name, ".."))
			leave(walk);
		else if (error == 0 && name[0] == '\0')
			return sys_openat(here(walk), ".", flags, 0);
		else if (error == 0 && !str_equal(name, "."))
			error = step(walk, name, last, &at_end);
		if (error < 0)
			return error;
	}
	/* What took its place in the meantime may be a link: that is not followed. */
	return sys_openat(here(walk), name, flags | sys_flag_no_follow(), 0);
}

long open_below_by_steps(int root, const char *path, int flags)
{
	static struct walk walk;
	long result;

	walk.root = root;
	walk.depth = 0;
	walk.links = 0;
	walk.at = REST_BYTES - 1;
	walk.rest[walk.at] = '\0';
	result = walk_first(&walk, path, str_length(path));
	if (result == 0)
		result = walk_on(&walk, flags);
	leave_all(&walk);
	return result;
}
