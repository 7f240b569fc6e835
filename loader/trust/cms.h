/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one CMS form that a bundle is signed in (RFC 5652, cut down). docs/format.md, "The signature".
 * DER with lengths in their shortest form, SignedData version 1, detached, one signer named by
 * issuer and serial number, RSA with SHA-256, no signed or unsigned attributes, no CRLs.
 */
#ifndef CMS_H
#define CMS_H

#include "base/failure.h"
#include "bundle_format.h"
#include "trust/certificate.h"

/* Pointers into the source. */
struct cms {
	size_t certificate_count;
	struct certificate certificate[CMS_CERTIFICATES_MAX]; /* the signer's comes first */
	struct bytes signature;
};

/*
 * STATUS_OK, or STATUS_BAD_SIGNATURE with the field that is not of the form. `name` is the file's,
 * for messages.
 */
enum status cms_parse(struct cms *cms, const char *name, struct bytes file, struct failure *f);

#endif
