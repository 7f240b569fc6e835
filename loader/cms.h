/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one CMS form that a bundle is signed in (RFC 5652, cut down). docs/format.md, "Signature".
 * DER with lengths in their shortest form, SignedData version 1, detached, one signer named by
 * issuer and serial number, RSA with SHA-256, no signed or unsigned attributes, no CRLs.
 */
#ifndef CMS_H
#define CMS_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#define CMS_CERTIFICATES_MAX 8u

struct cms_bytes {
	const uint8_t *data;
	size_t size;
};

/* Pointers into the source. */
struct cms {
	size_t certificate_count;
	struct cms_bytes certificate[CMS_CERTIFICATES_MAX]; /* whole DER; the signer's comes first */
	struct cms_bytes signature;
};

/* STATUS_OK, or STATUS_BAD_SIGNATURE with the field that is not of the form. */
enum status cms_parse(struct cms *cms, const uint8_t *der, size_t size, struct failure *f);

#endif
