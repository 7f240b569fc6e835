/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle as an archive: which members it has and where their bytes are. docs/format.md, "Archive".
 *
 * Exactly one ustar form is accepted. Every header is rebuilt from its member's name and size and
 * compared whole, so there is nothing in it that could be read in two ways.
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* Sum of what a bundle may hold; a kernel and an initramfs are some hundred MiB at most. */
#define BUNDLE_SIZE_MAX (UINT64_C(4) << 30)
/* A seal has some hundred records of at most 0x50 bytes; a signature some certificates. */
#define BUNDLE_SEAL_MAX (UINT64_C(1) << 20)
#define BUNDLE_SIGNATURE_MAX (UINT64_C(64) << 10)
/* Seal and signatures with their headers, and the header after them, lie within this. */
#define BUNDLE_HEAD_MAX (2u << 20)

enum bundle_member_id {
	BUNDLE_SEAL, /* seal.bin */
	BUNDLE_SIGNATURE, /* seal.p7s */
	BUNDLE_SIGNATURE_2, /* seal.2.p7s */
	BUNDLE_SIGNATURE_3,
	BUNDLE_SIGNATURE_4,
	BUNDLE_MANIFEST, /* manifest.json */
	BUNDLE_KERNEL, /* kernel */
	BUNDLE_INITRAMFS_BASE, /* initramfs.base */
	BUNDLE_INITRAMFS_OVERLAY, /* initramfs.overlay */
	BUNDLE_INITRAMFS_LOCAL, /* initramfs.local */
	BUNDLE_ELFCOREHDR, /* elfcorehdr */
	BUNDLE_PURGATORY, /* purgatory */
	BUNDLE_BOOT_PARAMS, /* boot_params */
	BUNDLE_MEMBER_KINDS,
};

struct bundle_member {
	enum bundle_member_id id;
	const char *name;
	uint8_t *data; /* into the archive; 512-byte aligned within it */
	size_t size;
};

#define BUNDLE_SIGNATURES_MAX 4u

/* In archive order: member[0] is seal.bin, and member[i + 1] is seal_member record i. */
struct bundle {
	size_t head_size; /* of the archive's bytes, those before the first sealed member's header */
	size_t next; /* the first kind of member that may still come */
	size_t member_count;
	struct bundle_member member[BUNDLE_MEMBER_KINDS];
	size_t signature_count;
	struct bundle_member signature[BUNDLE_SIGNATURES_MAX];
};
#define BUNDLE_FIRST_SEALED 1u

/*
 * Before: `archive` holds `size` bytes and outlives `b`; nothing of it is trusted.
 * After:  STATUS_OK and every member inside the archive, or STATUS_BAD_ENVELOPE with the reason.
 *         Which optional members there must be is for the seal to say.
 */
enum status bundle_open(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);
/*
 * The same in two parts: seal and signatures, of an archive of which the first BUNDLE_HEAD_MAX bytes
 * are there; then all that is after them.
 */
enum status bundle_open_head(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);
enum status bundle_open_rest(struct bundle *b, uint8_t *archive, size_t size, struct failure *f);

#endif
