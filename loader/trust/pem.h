/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust store's text: certificates in PEM (RFC 7468), and lines outside of them.
 * Strict: no blanks, padding only at the end, unused bits zero. Lines may end in CR LF.
 */
#ifndef PEM_H
#define PEM_H

#include "trust/der.h"

enum pem_item {
	PEM_END, /* of the text */
	PEM_LINE, /* neither empty nor a comment */
	PEM_CERTIFICATE, /* decoded */
	PEM_FAULT, /* a certificate that is not whole, or not base64 */
};

struct pem {
	uint8_t *at;
	uint8_t *end;
	uint32_t line; /* of what was returned last; for a certificate its first one */
	uint32_t next_line;
};

void pem_init(struct pem *pem, uint8_t *text, size_t size);
/* The next item. A certificate is decoded in place: the text before `at` is overwritten. */
enum pem_item pem_next(struct pem *pem, struct bytes *item);

#endif
