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

enum status overlay_read(const char *path, const struct seal *seal, const struct bundle *bundle,
			 uint64_t hash_features, struct load *load, struct failure *f)
{
	const struct seal_segment *room = NULL;
	struct file_image image;

	load->overlay_size = 0;
	if (!path)
		return STATUS_OK;
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
	if (status == STATUS_OK) {
		mem_copy(bundle->member[room->member + BUNDLE_FIRST_SEALED].data + room->buf_offset,
			 image.bytes, image.size);
		load->overlay_size = image.size;
		sha256_digest(load->overlay_digest, image.bytes, image.size, hash_features);
	}
	file_unload(&image, 0);
	return status;
}
