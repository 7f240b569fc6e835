/* SPDX-License-Identifier: Apache-2.0 */
/* open-below ROOT PATH...: what the loader finds there, a line for each: its first line, or -errno. */
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

int main(int argc, char **argv)
{
	struct root root;

	if (argc < 3 || root_open(&root, argv[1]) < 0)
		return 2;
	for (int i = 2; i < argc; i++) {
		char text[256];
		size_t used;
		struct dir_reader folder;
		const char *name;
		const long error = file_read_text(&root, argv[i], text, sizeof(text), &used);

		/* A folder cannot be read: its first name stands for it. */
		if (error == -SYS_EISDIR && dir_open(&folder, &root, argv[i]) == 0) {
			printf("folder %s\n", dir_next(&folder, &name) == 1 ? name : "");
			dir_close(&folder);
		} else if (error < 0) {
			printf("%ld%s\n", error, file_exists(&root, argv[i]) ? " exists" : "");
		} else {
			printf("%s\n", text);
		}
	}
	/* Nothing stays open: the next descriptor is the one after the root's. */
	const int next = dup(root.fd);
	if (next != root.fd + 1)
		printf("left open up to %d\n", next);
	return 0;
}
