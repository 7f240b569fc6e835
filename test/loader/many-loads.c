/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole loader, under sanitizers, many times in one program.
 *
 *	many-loads list FILE             a load for each line of FILE: its arguments, a space between
 *	                                 two. After what the loader says: "exit CODE"
 *	many-loads flips BUNDLE ARGS...  one bit of every byte of BUNDLE in turn
 *	many-loads cuts BUNDLE ARGS...   every beginning of BUNDLE but the whole
 *	                                 a line "BYTE CODE" for each, in any order
 *
 * For flips and cuts the loader gets ARGS and, after them, a path of the changed bundle.
 */
#include "run/main.c"

#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The loader ends with its process and leaves it to that to give memory back. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

enum { ARGS_MAX = 32, CHANGES_A_PROCESS = 512 };

static void stop(const char *what)
{
	perror(what);
	exit(99);
}

/* Waits for one process more than there may be. */
static void wait_for(size_t *running, size_t most)
{
	int status;

	for (; *running > most; --*running)
		if (wait(&status) < 0 || status != 0)
			exit(98);
}

/* Calls `each` for 0 to count - 1: so many in a process, and as many processes as there are CPUs. */
static void in_processes(size_t count, size_t in_one, void (*each)(void *context, size_t i),
			 void *context)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t running = 0;

	for (size_t start = 0; start < count; start += in_one) {
		wait_for(&running, cpus > 1 ? (size_t)cpus - 1 : 0);
		const pid_t child = fork();

		if (child < 0)
			stop("fork");
		if (child == 0) {
			for (size_t i = start; i < count && i < start + in_one; i++)
				each(context, i);
			exit(0);
		}
		running++;
	}
	wait_for(&running, 0);
}

static void run_line(char *line)
{
	char *argv[ARGS_MAX + 1] = { "crashseal-load" };
	int argc = 1;

	for (char *word = strtok(line, " "); word != NULL && argc < ARGS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	dprintf(1, "exit %d\n", loader_run(argc, argv, NULL));
}

struct lines {
	char *line[65536];
	size_t count;
};

static void run_one(void *context, size_t i)
{
	run_line(((struct lines *)context)->line[i]);
}

static int run_list(const char *path)
{
	static struct lines lines;
	FILE *const file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (file == NULL)
		stop(path);
	while ((length = getline(&line, &room, file)) > 0 && lines.count < 65536) {
		line[strcspn(line, "\n")] = '\0';
		lines.line[lines.count++] = strdup(line);
	}
	free(line);
	fclose(file);
	/* One process at a time, so that what they say comes in order. */
	in_processes(lines.count, lines.count, run_one, &lines);
	return 0;
}

struct changes {
	uint8_t *bytes;
	size_t size;
	bool cuts;
	int argc;
	char **argv;
	char path[64];
	int fd; /* of the changed bundle, one for each process */
	FILE *out;
};

static void open_copy(struct changes *c)
{
	c->fd = memfd_create("bundle", 0);
	if (c->fd < 0)
		stop("memfd_create");
	snprintf(c->path, sizeof(c->path), "/proc/self/fd/%d", c->fd);
}

static void run_change(void *context, size_t at)
{
	struct changes *c = context;
	const uint8_t bit = (uint8_t)(1u << at % 8);

	if (c->fd < 0)
		open_copy(c);
	if (c->cuts) {
		if (ftruncate(c->fd, (off_t)at) != 0)
			stop("ftruncate");
	} else {
		c->bytes[at] ^= bit;
	}
	if (pwrite(c->fd, c->bytes, c->cuts ? at : c->size, 0) < 0)
		stop("pwrite");
	if (!c->cuts)
		c->bytes[at] ^= bit;
	fprintf(c->out, "%zu %d\n", at, loader_run(c->argc, c->argv, NULL));
	fflush(c->out);
}

static int run_changes(bool cuts, const char *bundle, int count, char **args)
{
	FILE *const file = fopen(bundle, "rb");
	char *argv[ARGS_MAX + 2] = { "crashseal-load" };
	struct changes c = { .cuts = cuts, .argc = count + 2, .argv = argv, .fd = -1 };

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || count > ARGS_MAX)
		stop(bundle);
	c.size = (size_t)ftell(file);
	c.bytes = malloc(c.size);
	rewind(file);
	if (fread(c.bytes, 1, c.size, file) != c.size)
		stop(bundle);
	fclose(file);
	c.out = fdopen(dup(1), "w");
	const int nothing = open("/dev/null", O_WRONLY);

	/* What a sanitizer finds is said all the same. */
	__sanitizer_set_report_fd((void *)(uintptr_t)dup(2));
	if (c.out == NULL || nothing < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0)
		stop("descriptors");
	for (int i = 0; i < count; i++)
		argv[i + 1] = args[i];
	argv[count + 1] = c.path;
	in_processes(c.size, CHANGES_A_PROCESS, run_change, &c);
	free(c.bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "list") == 0)
		return run_list(argv[2]);
	if (argc > 2 && (strcmp(argv[1], "flips") == 0 || strcmp(argv[1], "cuts") == 0))
		return run_changes(argv[1][0] == 'c', argv[2], argc - 3, argv + 3);
	fprintf(stderr, "see the comment in this program\n");
	return 97;
}
