/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/certificate.h"

#include "bundle_format.h"
#include "memory.h"

/* Whole elements that have one form only; RSA's algorithms carry a NULL (RFC 3279, RFC 4055). */
static const uint8_t version_3[] = { DER_CONTEXT_0, 3, DER_INTEGER, 1, 2 };
static const uint8_t key_algorithm[] = { DER_SEQUENCE, 13,   DER_OBJECT_ID, 9, 0x2a, 0x86, 0x48, 0x86,
					 0xf7,	       0x0d, 1,		    1, 1,    0x05, 0 };
static const uint8_t boolean_true[] = { DER_BOOLEAN, 1, 0xff };
/* id-ce (2.5.29) and id-at (2.5.4), before the byte that says which. */
static const uint8_t extension_ids[] = { 0x55, 29 };
static const uint8_t attribute_types[] = { 0x55, 4 };
enum { KEY_USAGE = 15, BASIC_CONSTRAINTS = 19, EXTENDED_KEY_USAGE = 37, COMMON_NAME = 3, ORGANIZATION = 10, UNIT = 11 };

/*
 * codeSigning; anyExtendedKeyUsage; of our own (ITU-T X.667) 2.25.220255786274260209228786723753889728612 for
 * who signs capture kernels, 2.25.234951706416928805938111016921829324665 for testers.
 */
static const uint8_t purpose_code_signing[] = { DER_OBJECT_ID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3 };
static const uint8_t purpose_any[] = { DER_OBJECT_ID, 4, 0x55, 29, 37, 0 };
static const uint8_t purpose_own[] = { DER_OBJECT_ID, 20,   0x69, 0x82, 0xcb, 0xb3, 0xdc, 0xab,
				       0xe1,	      0xc3, 0x9a, 0xb8, 0xb3, 0x8c, 0xbf, 0xb5,
				       0x83,	      0x82, 0xc5, 0x96, 0x90, 0x64 };
static const uint8_t purpose_tester[] = { DER_OBJECT_ID, 20,   0x69, 0x82, 0xe1, 0xc2, 0x86, 0xdf,
					  0x9d,		 0xa9, 0xf2, 0xab, 0xe5, 0x86, 0xb7, 0xcf,
					  0xbe,		 0x8d, 0xf9, 0xe6, 0xee, 0x79 };

/* Which one of `arc` an object identifier is, or 0. */
static unsigned int member_of(struct bytes object_id, const uint8_t arc[2])
{
	return object_id.size == 3 && mem_equal(object_id.data, arc, 2) ? object_id.data[2] : 0;
}

static bool take_bits(struct bytes *from, struct bytes *bits)
{
	if (!der_take(from, DER_BIT_STRING, bits) || bits->size == 0 || bits->data[0] != 0)
		return false;
	bits->data++;
	bits->size--;
	return true;
}

/* Days before the first of March of `year`, from the first of March of the year 0. */
static int64_t days_of_years(unsigned int year)
{
	return (int64_t)year * 365 + year / 4 - year / 100 + year / 400;
}

/* YYMMDDHHMMSSZ in this and the last century's second half, or YYYYMMDDHHMMSSZ (RFC 5280, 4.1.2.5). */
static bool take_time(struct bytes *from, int64_t *seconds)
{
	/* Of year, month, day, hour, minute, second. */
	static const uint8_t least[] = { 0, 1, 1, 0, 0, 0 }, most[] = { 99, 12, 31, 23, 59, 59 };
	unsigned int part[6];
	unsigned int century = 19;
	struct bytes text;

	if (der_take(from, DER_GENERALIZED_TIME, &text)) {
		if (text.size != 15)
			return false;
	} else if (!der_take(from, DER_UTC_TIME, &text) || text.size != 13) {
		return false;
	}
	for (size_t i = 0; i + 1 < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	if (text.data[text.size - 1] != 'Z')
		return false;
	if (text.size == 15) {
		century = (text.data[0] - '0') * 10u + (text.data[1] - '0');
		text.data += 2;
		if (century == 0)
			return false;
	}
	for (size_t i = 0; i < 6; i++) {
		part[i] = (text.data[2 * i] - '0') * 10u + (text.data[2 * i + 1] - '0');
		if (part[i] < least[i] || part[i] > most[i])
			return false;
	}
	if (text.size == 13 && part[0] < 50)
		century = 20;

	unsigned int year = century * 100 + part[0];
	unsigned int month = part[1] + 9;
	const unsigned int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	/* Odd months are long up to July, even ones from August on. */
	if (part[2] > (part[1] == 2 ? 28 + leap : 30 + ((part[1] ^ part[1] >> 3) & 1)))
		return false;
	/* A year that begins in March has its odd day at its end. */
	if (month >= 12)
		month -= 12;
	else
		year--;
	*seconds = ((days_of_years(year) + (month * 153 + 2) / 5 + part[2] - 1 - 719468) * 24 + part[3]) * 3600 +
		   part[4] * 60 + part[5];
	return true;
}

/* Looks through a Name for what is shown, and for the mark of keys made for trying things out. */
static bool read_name(struct bytes name, struct bytes *shown, bool *development)
{
	struct bytes list, set, pair, type, value;
	unsigned int best = 0;

	if (!der_take(&name, DER_SEQUENCE, &list))
		return false;
	while (list.size > 0) {
		if (!der_take(&list, DER_SET, &set))
			return false;
		while (set.size > 0) {
			if (!der_take(&set, DER_SEQUENCE, &pair) ||
			    !der_take_object_id(&pair, &type) ||
			    !der_take(&pair, DER_ANY, &value) || pair.size != 0)
				return false;
			const unsigned int which = member_of(type, attribute_types);
			if (which == UNIT &&
			    value.size == sizeof(CERTIFICATE_DEVELOPMENT) - 1 &&
			    mem_equal(value.data, CERTIFICATE_DEVELOPMENT, value.size))
				*development = true;
			if ((which == COMMON_NAME && best != COMMON_NAME) || (which == ORGANIZATION && best == 0)) {
				best = which;
				*shown = value;
			}
		}
	}
	return true;
}

static bool read_constraints(struct certificate *c, struct bytes value)
{
	struct bytes constraints, digits;

	if (!der_take(&value, DER_SEQUENCE, &constraints) || value.size != 0)
		return false;
	c->authority = der_take_bytes(&constraints, boolean_true, sizeof(boolean_true));
	if (constraints.size == 0)
		return true;
	if (!der_take_number(&constraints, &digits) || digits.size > 4 || constraints.size != 0)
		return false;
	c->path_length = 0;
	for (size_t i = 0; i < digits.size; i++)
		c->path_length = c->path_length << 8 | digits.data[i];
	return true;
}

static bool read_usage(struct certificate *c, struct bytes value)
{
	struct bytes bits;

	if (!der_take(&value, DER_BIT_STRING, &bits) || value.size != 0 || bits.size == 0 ||
	    bits.data[0] > 7)
		return false;
	c->key_usage = bits.size > 1 ? bits.data[1] : 0;
	return true;
}

static bool is(struct bytes whole, const uint8_t *bytes, size_t size)
{
	return bytes_equal(whole, (struct bytes){ bytes, size });
}

/* Each purpose that we know adds what it allows. None at all is malformed. */
static bool read_purposes(struct certificate *c, struct bytes value)
{
	struct bytes list, purpose;

	if (!der_take(&value, DER_SEQUENCE, &list) || value.size != 0 || list.size == 0)
		return false;
	c->purposes = 0;
	while (list.size > 0) {
		if (!der_take_whole(&list, DER_OBJECT_ID, &purpose))
			return false;
		if (is(purpose, purpose_any, sizeof(purpose_any)))
			c->purposes |= PURPOSE_SEAL | PURPOSE_ISSUE_TESTERS;
		if (is(purpose, purpose_code_signing, sizeof(purpose_code_signing)) ||
		    is(purpose, purpose_own, sizeof(purpose_own)))
			c->purposes |= PURPOSE_SEAL;
		if (is(purpose, purpose_tester, sizeof(purpose_tester)))
			c->purposes |= PURPOSE_ATTEST | PURPOSE_ISSUE_TESTERS;
	}
	return true;
}

static bool read_extensions(struct certificate *c, const struct bytes all)
{
	struct bytes list = all, extension, id, value;

	for (size_t count = 1; list.size > 0; count++) {
		const uint8_t *const start = list.data;

		if (count > CERTIFICATE_EXTENSIONS_MAX || !der_take(&list, DER_SEQUENCE, &extension) ||
		    !der_take_object_id(&extension, &id))
			return false;
		for (struct bytes before = all, other; before.data != start;) {
			struct bytes earlier;

			/* Read before, so all of this is there. */
			if (!der_take(&before, DER_SEQUENCE, &earlier) ||
			    !der_take_object_id(&earlier, &other) || bytes_equal(id, other))
				return false;
		}
		const bool critical = der_take_bytes(&extension, boolean_true, sizeof(boolean_true));
		if (!der_take(&extension, DER_OCTET_STRING, &value) || extension.size != 0)
			return false;
		const unsigned int which = member_of(id, extension_ids);
		switch (which) {
		case BASIC_CONSTRAINTS:
			if (!read_constraints(c, value))
				return false;
			break;
		case KEY_USAGE:
			if (!read_usage(c, value))
				return false;
			break;
		case EXTENDED_KEY_USAGE:
			if (!read_purposes(c, value))
				return false;
			break;
		default:
			c->unknown_critical |= critical;
		}
	}
	return true;
}

/* Only an RSA key can check a signature here. */
static bool read_key(struct certificate *c)
{
	struct bytes whole = c->key_info, info, bits, numbers;

	if (!der_take(&whole, DER_SEQUENCE, &info))
		return false;
	if (!der_take_bytes(&info, key_algorithm, sizeof(key_algorithm)))
		return true;
	return take_bits(&info, &bits) && info.size == 0 && der_take(&bits, DER_SEQUENCE, &numbers) && bits.size == 0 &&
	       der_take_number(&numbers, &c->key.modulus) &&
	       der_take_number(&numbers, &c->key.exponent) && numbers.size == 0;
}

/* The last byte of the identifier's content makes the difference. */
static enum rsa_digest digest_of(struct bytes algorithm)
{
	const size_t last = sizeof(key_algorithm) - 3;
	const uint8_t which = algorithm.size == sizeof(key_algorithm) ? algorithm.data[last] : 0;

	if (which < RSA_DIGEST_SHA256 || which > RSA_DIGEST_SHA512 ||
	    !mem_equal(algorithm.data, key_algorithm, last) || algorithm.data[last + 1] != 0x05 ||
	    algorithm.data[last + 2] != 0)
		return RSA_DIGEST_UNKNOWN;
	return (enum rsa_digest)which;
}

enum detail certificate_take(struct certificate *c, struct bytes *from)
{
	struct bytes outer, body, algorithm, outer_algorithm, validity, extensions, list, ignored;

	mem_set(c, 0, sizeof(*c));
	c->path_length = UINT32_MAX;
	c->key_usage = 0xff;
	c->purposes = PURPOSE_SEAL | PURPOSE_ISSUE_TESTERS;
	if (!der_take_whole(from, DER_SEQUENCE, &c->der))
		return DETAIL_CERTIFICATE_FRAME;
	body = c->der;
	if (!der_take(&body, DER_SEQUENCE, &outer) ||
	    !der_take_whole(&outer, DER_SEQUENCE, &c->body) ||
	    !der_take_whole(&outer, DER_SEQUENCE, &outer_algorithm) ||
	    !take_bits(&outer, &c->signature) || outer.size != 0)
		return DETAIL_CERTIFICATE_FRAME;
	list = c->body;
	if (!der_take(&list, DER_SEQUENCE, &body) ||
	    !der_take_bytes(&body, version_3, sizeof(version_3)))
		return DETAIL_CERTIFICATE_VERSION;
	c->serial = body;
	if (!der_take_number(&body, &ignored))
		return DETAIL_CERTIFICATE_SERIAL;
	c->serial.size = (size_t)(body.data - c->serial.data);
	/* It stands twice, and only here is it signed. */
	if (!der_take_whole(&body, DER_SEQUENCE, &algorithm) ||
	    !bytes_equal(algorithm, outer_algorithm))
		return DETAIL_CERTIFICATE_ALGORITHM;
	c->digest = digest_of(algorithm);
	if (!der_take_whole(&body, DER_SEQUENCE, &c->issuer) ||
	    !der_take(&body, DER_SEQUENCE, &validity) || !take_time(&validity, &c->not_before) ||
	    !take_time(&validity, &c->not_after) || validity.size != 0)
		return DETAIL_CERTIFICATE_VALIDITY;
	if (!der_take_whole(&body, DER_SEQUENCE, &c->subject) ||
	    !read_name(c->issuer, &ignored, &c->development) ||
	    !read_name(c->subject, &c->name, &c->development))
		return DETAIL_CERTIFICATE_NAME;
	if (!der_take_whole(&body, DER_SEQUENCE, &c->key_info) || !read_key(c))
		return DETAIL_CERTIFICATE_PUBLIC_KEY;
	if (!der_take(&body, DER_CONTEXT_3, &extensions) || body.size != 0 ||
	    !der_take(&extensions, DER_SEQUENCE, &list) || extensions.size != 0 ||
	    !read_extensions(c, list))
		return DETAIL_CERTIFICATE_EXTENSIONS;
	return DETAIL_NONE;
}
