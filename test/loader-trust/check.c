/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the loader's trust half on files, for the tests beside it. Every input is copied to memory
 * of exactly its size, so that the address sanitizer sees one byte too far.
 *
 *	check open BUNDLE
 *	check verify BUNDLE ANCHORS SECONDS
 *	check load FILE LIMIT
 *	check read ROOT PATH SIZE
 *	check names ROOT PATH
 *	check text
 *	check statuses
 *	check details
 *
 * Output: status with detail, message and hint, a line each; then a line for each thing found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/envelope.h"
#include "base/file.h"
#include "base/sys.h"
#include "trust/trust.h"

static struct trust_store store;
static struct failure failure;

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input read_input(const char *path)
{
	struct input input = { NULL, 0 };
	FILE *const file = fopen(path, "rb");

	if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
		perror(path);
		exit(99);
	}
	input.size = (size_t)ftell(file);
	input.bytes = malloc(input.size);
	rewind(file);
	if (fread(input.bytes, 1, input.size, file) != input.size)
		exit(99);
	fclose(file);
	return input;
}

static int report(enum status status)
{
	if (status == STATUS_OK)
		failure_clear(&failure);
	printf("%s %s\n%s\n%s\n", status_name(status), detail_name(failure.detail), failure.message,
	       failure.hint);
	return 0;
}

static int open_bundle(const char *path)
{
	struct input input = read_input(path);
	struct bundle bundle;

	report(bundle_open(&bundle, input.bytes, input.size, &failure));
	for (size_t i = 0; i < bundle.member_count && failure.status == STATUS_OK; i++) {
		printf("%s %zu\n", bundle.member[i].name, bundle.member[i].size);
		for (size_t j = 0; i == BUNDLE_SEAL && j < bundle.signature_count; j++)
			printf("%s %zu\n", bundle.signature[j].name, bundle.signature[j].size);
	}
	free(input.bytes);
	return 0;
}

static void open_anchors(const char *path, const char *now)
{
	struct root root;

	root_open(&root, "/");
	if (trust_open(&root, path, strtoull(now, NULL, 10), &store, &failure) != STATUS_OK) {
		report(failure.status);
		exit(0);
	}
}

static int verify_bundle(const char *path, const char *anchors, const char *now)
{
	struct input input = read_input(path);
	struct signers who;
	struct bundle bundle;
	enum status status;

	open_anchors(anchors, now);
	status = bundle_open(&bundle, input.bytes, input.size, &failure);
	if (status == STATUS_OK)
		status = bundle_verify(&bundle, &store, strtoull(now, NULL, 10), &who, &failure);
	report(status);
	for (size_t i = 0; i < who.count && status == STATUS_OK; i++) {
		const struct signer *signer = &who.signer[i];

		printf("%s\n%s\n", signer->name, signer->development ? "development" : "production");
		for (size_t j = 0; j < sizeof(signer->fingerprint); j++)
			printf("%02x", signer->fingerprint[j]);
		printf("\n");
	}
	free(input.bytes);
	return 0;
}

static int load_file(const char *path, const char *limit)
{
	struct file_image image;

	report(file_load(path, strtoull(limit, NULL, 10), STATUS_NO_FILE, &image, &failure));
	if (failure.status == STATUS_OK) {
		printf("%zu %zu\n", image.size, image.mapped);
		file_unload(&image, 0);
	}
	return 0;
}

static int read_file(const char *dir, const char *path, size_t size)
{
	char *const buf = malloc(size);
	struct root root;
	size_t used = 0;
	long error = root_open(&root, dir);

	if (error == 0)
		error = file_read_text(&root, path, buf, size, &used);
	printf("%ld\n", error);
	if (error == 0)
		printf("%s\n", buf);
	free(buf);
	return 0;
}

static int read_names(const char *dir, const char *path)
{
	static struct dir_reader reader;
	struct root root;
	const char *name;
	long more;

	root_open(&root, dir);
	more = dir_open(&reader, &root, path);
	if (more == 0) {
		while ((more = dir_next(&reader, &name)) > 0)
			printf("%s\n", name);
		dir_close(&reader);
	}
	printf("%ld\n", more);
	return 0;
}

static int show_text(void)
{
	char buf[512];
	char small[6];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_outside(&t, "a\x1b[0m\\", 6);
	text_char(&t, '\n');
	text_json_string(&t, "\"q\"\\\n\t\x01\x80z", 9);
	text_char(&t, '\n');
	for (int i = 0; i < 5; i++) {
		static const uint64_t sizes[] = { 0, 1023, 1536, 12 << 20, UINT64_MAX };

		text_size(&t, sizes[i]);
		text_char(&t, i < 4 ? ',' : '\n');
	}
	for (int i = 0; i < 6; i++) {
		static const int64_t times[] = { 0,	     951782400,	   1709251199,
						 4107542400, 253402300799, -1 };

		text_time(&t, times[i]);
		text_char(&t, i < 5 ? ',' : '\n');
	}
	text_hex_digits(&t, 0);
	text_char(&t, ' ');
	text_hex_digits(&t, UINT64_MAX);
	text_char(&t, ' ');
	text_signed(&t, INT64_MIN);
	text_char(&t, '\n');
	text_errno(&t, -SYS_EACCES);
	text_put(&t, ", ");
	text_errno(&t, 12345);
	printf("%s\n%d\n", buf, t.cut);
	text_init(&t, small, sizeof(small));
	text_put(&t, "seven letters");
	printf("%s %d\n", small, t.cut);
	return 0;
}

static int show_statuses(void)
{
	for (int code = 0; code < 256; code++)
		if (strcmp(status_name((enum status)code), "unknown") != 0)
			printf("%d %s\n", code, status_name((enum status)code));
	return 0;
}

static int show_details(void)
{
	for (int code = 0; code < 0x400; code++)
		if (strcmp(detail_name((enum detail)code), "unknown") != 0)
			printf("%d %s\n", code, detail_name((enum detail)code));
	return 0;
}

int main(int argc, char **argv)
{
	const char *const verb = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(verb, "open") == 0)
		return open_bundle(argv[2]);
	if (argc == 5 && strcmp(verb, "verify") == 0)
		return verify_bundle(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(verb, "load") == 0)
		return load_file(argv[2], argv[3]);
	if (argc == 5 && strcmp(verb, "read") == 0)
		return read_file(argv[2], argv[3], strtoull(argv[4], NULL, 10));
	if (argc == 4 && strcmp(verb, "names") == 0)
		return read_names(argv[2], argv[3]);
	if (strcmp(verb, "text") == 0)
		return show_text();
	if (strcmp(verb, "statuses") == 0)
		return show_statuses();
	if (strcmp(verb, "details") == 0)
		return show_details();
	return 97;
}
