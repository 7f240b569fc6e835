/* SPDX-License-Identifier: Apache-2.0 */
#include "segments/overlay.h"

#include "base/file.h"
#include "memory.h"
#include "sha256.h"
#include "base/sys.h"

/* What the kernel unpacks (init/initramfs.c, lib/decompress.c), by its first two bytes. */
static const uint8_t archives[][2] = {
	{ '0', '7' },	/* cpio */
	{ 0x1f, 0x8b }, /* gzip */
	{ 0xfd, 0x37 }, /* xz */
	{ 0x28, 0xb5 }, /* zstd */
	{ 0x02, 0x21 }, /* lz4 */
};

static enum status refuse(struct failure *f, enum detail detail, const char *path, const char *why,
			  const char *hint)
{
	struct text *t = failure_begin(f, STATUS_OVERLAY_REFUSED);

	text_put(t, "the local overlay ");
	text_outside(t, path, str_length(path));
	text_put(t, why);
	failure_detail(f, detail);
	failure_path(f, path);
	return failure_end(f, hint);
}

static bool is_archive(const uint8_t *bytes)
{
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++)
		if (mem_equal(bytes, archives[i], 2))
			return true;
	return false;
}

/*
 * The form that cpio calls newc (buffer-format.rst): after the magic thirteen numbers of eight hex digits, then
 * the name with its NUL, then the data; name and data end at a multiple of four.
 */
#define NEWC_MAGIC 6
#define NEWC_FIELD 8
#define NEWC_HEADER 110
#define NEWC_MODE 1
#define NEWC_LINKS 4
#define NEWC_FILE_SIZE 6
#define NEWC_NAME_SIZE 11
#define MODE_TYPE 0170000
#define MODE_FILE 0100000

static bool newc_field(const uint8_t *header, unsigned int field, uint64_t *value)
{
	const uint8_t *const digits = header + NEWC_MAGIC + field * NEWC_FIELD;

	*value = 0;
	for (unsigned int i = 0; i < NEWC_FIELD; i++) {
		const uint8_t c = digits[i];
		const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';

		if (!letter && (c < '0' || c > '9'))
			return false;
		*value = *value << 4 | (uint64_t)(letter ? (c | 0x20) - 'a' + 10 : c - '0');
	}
	return true;
}

/* As the kernel, which unpacks at the root, would read it: "./etc/key" and "/etc/key" are "etc/key". */
static bool names(const uint8_t *name, size_t size, struct seal_string wanted)
{
	for (;;) {
		if (size >= 1 && name[0] == '/') {
			name++, size--;
		} else if (size >= 2 && name[0] == '.' && name[1] == '/') {
			name += 2, size -= 2;
		} else {
			return size == wanted.length && mem_equal(name, wanted.at, size);
		}
	}
}

enum listed { LISTED, NOT_LISTED, NOT_READABLE };

/* Whether the archives in these bytes bring a file of that name that is not empty. */
static enum listed find_file(const uint8_t *bytes, size_t size, struct seal_string wanted)
{
	enum listed found = NOT_LISTED;
	uint64_t at = 0;

	while (at < size) {
		uint64_t mode, links, file_size, name_size;

		/* Between two archives. */
		if (bytes[at] == 0) {
			at++;
			continue;
		}
		const uint8_t *const header = bytes + at;

		if (size - at < NEWC_HEADER || !mem_equal(header, "07070", 5) ||
		    (header[5] != '1' && header[5] != '2') ||
		    !newc_field(header, NEWC_MODE, &mode) ||
		    !newc_field(header, NEWC_LINKS, &links) ||
		    !newc_field(header, NEWC_FILE_SIZE, &file_size) ||
		    !newc_field(header, NEWC_NAME_SIZE, &name_size))
			return NOT_READABLE;
		const uint64_t data = (at + NEWC_HEADER + name_size + 3) & ~3ull;

		if (name_size == 0 || data > size || file_size > size - data)
			return NOT_READABLE;
		/* Of several links to one file, the last has its bytes. */
		if (names(header + NEWC_HEADER, (size_t)name_size - 1, wanted))
			found = (mode & MODE_TYPE) == MODE_FILE && (file_size != 0 || links > 1) ?
					LISTED :
					NOT_LISTED;
		at = (data + file_size + 3) & ~3ull;
	}
	return found;
}

/* `image` is NULL where the machine has no overlay. */
static enum status check_rules(const struct seal *seal, const char *path,
			       const struct file_image *image, struct failure *f)
{
	for (uint32_t i = 0; i < seal->header.match_count; i++) {
		const struct seal_match *const m = &seal->matches[i];

		if (m->kind != MATCH_KIND_IN_OVERLAY)
			continue;
		const struct seal_string wanted = seal_text(seal, m->path_offset, m->path_length);
		const enum listed listed =
			image ? find_file(image->bytes, image->size, wanted) : NOT_LISTED;

		if (listed == LISTED)
			continue;
		struct text *t = failure_begin(f, STATUS_OVERLAY_REFUSED);
		if (image) {
			text_put(t, "the local overlay ");
			text_outside(t, path, str_length(path));
			text_put(t, listed == NOT_READABLE ? " is compressed or damaged, so nobody can see whether it brings /" :
							     " does not bring /");
		} else {
			text_put(t, "there is no local overlay, which must bring /");
		}
		text_outside(t, wanted.at, wanted.length);
		text_put(t, ": the bundle's dump target needs it");
		failure_detail(f, image ? DETAIL_OVERLAY_LACKS_FILE : DETAIL_OVERLAY_MISSING);
		failure_index(f, i);
		if (image)
			failure_path(f, path);
		return failure_end(f, "make one that holds it: docs/loader.md, \"Local overlay\"");
	}
	return STATUS_OK;
}

enum status overlay_read(const char *path, bool expected, const struct seal *seal,
			 const struct bundle *bundle, uint64_t hash_features, struct load *load,
			 struct failure *f)
{
	const struct seal_segment *room = NULL;
	struct file_image image;

	load->overlay_size = 0;
	if (!path)
		return expected ? check_rules(seal, NULL, NULL, f) : STATUS_OK;
	for (uint32_t i = 0; i < seal->header.live_count; i++)
		if (seal->live[i].source == LIVE_SOURCE_LOCAL_OVERLAY)
			room = &seal->segments[seal->live[i].segment];
	if (!room)
		return refuse(f, DETAIL_OVERLAY_NOT_ALLOWED, path, " is not allowed by the bundle",
			      "leave out --overlay, or set localOverlay in the profile");
	enum status status = file_load(path, room->bufsz, STATUS_OVERLAY_REFUSED, &image, f);
	if (status != STATUS_OK)
		return status;
	if (image.state.owner != (uint32_t)sys_geteuid() || (image.state.mode & 077) != 0)
		status = refuse(f, DETAIL_FILE_OPEN, path, " can be read or written by others",
				"it may hold a secret: chown it to root and chmod 600");
	else if (image.size < 2 || !is_archive(image.bytes))
		status = refuse(f, DETAIL_FILE_FORM, path, " is not an archive that the capture kernel unpacks",
				"make it with: cpio -o -H newc");
	else
		status = check_rules(seal, path, &image, f);
	if (status == STATUS_OK) {
		mem_copy(bundle->member[room->member + BUNDLE_FIRST_SEALED].data + room->buf_offset,
			 image.bytes, image.size);
		load->overlay_size = image.size;
		sha256_digest(load->overlay_digest, image.bytes, image.size, hash_features);
	}
	file_unload(&image, 0);
	return status;
}
