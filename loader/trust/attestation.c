/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/attestation.h"

#include "memory.h"
#include "sha256.h"

static const char try_it[] = "crashseal test-crash --attest, with a tester's key";

/* `why` may be NULL. */
static enum status fail_attestation(struct failure *f, const char *path, enum detail what,
				    const struct failure *why)
{
	struct text *t = failure_begin(f, STATUS_NO_ATTESTATION);

	text_put(t, "the attestation ");
	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	text_put(t, detail_words(what));
	failure_detail(f, what);
	failure_path(f, path);
	if (why) {
		text_put(t, ": ");
		text_put(t, why->message);
	}
	return failure_end(f, try_it);
}

/* The next line with its end. */
static bool take_line(struct bytes *from, struct bytes *line)
{
	size_t size = 0;

	while (size < from->size && from->data[size] != '\n')
		size++;
	if (size == from->size)
		return false;
	*line = (struct bytes){ from->data, ++size };
	from->data += size;
	from->size -= size;
	return true;
}

static bool take_text(struct bytes *from, const char *text)
{
	return der_take_bytes(from, (const uint8_t *)text, str_length(text));
}

enum detail statement_read(enum attested wanted, struct bytes line, const uint8_t seal_digest[32],
			   bool *warned)
{
	char digits[2 * SHA256_DIGEST_BYTES + 1];
	const size_t end = sizeof(ATTESTATION_END) - 1;
	struct text t;

	text_init(&t, digits, sizeof(digits));
	text_bytes(&t, seal_digest, SHA256_DIGEST_BYTES);
	for (size_t i = 0; i + 1 < line.size; i++)
		if (line.data[i] < ' ' || line.data[i] > '~')
			return DETAIL_ATTESTATION_FORM;
	if (line.size < end || !mem_equal(line.data + line.size - end, ATTESTATION_END, end) ||
	    !take_text(&line, ATTESTATION_BEGIN) || line.size < t.used)
		return DETAIL_ATTESTATION_FORM;
	const bool ours = mem_equal(line.data, digits, t.used);
	line.data += t.used;
	line.size -= t.used;
	if (!take_text(&line, ATTESTATION_THEN))
		return DETAIL_ATTESTATION_FORM;
	if (!take_text(&line, ATTESTATION_PREDICATE))
		return DETAIL_ATTESTATION_PREDICATE;
	const bool passed = take_text(&line, "PASSED");
	*warned = !passed && take_text(&line, "WARNED");
	if ((!passed && !*warned && !take_text(&line, "FAILED")) ||
	    !take_text(&line, ATTESTATION_CONFIGURATION))
		return DETAIL_ATTESTATION_FORM;
	if (!ours)
		return DETAIL_ATTESTATION_SEAL;
	return passed || (*warned && wanted != ATTESTED_PASSED) ? DETAIL_NONE : DETAIL_ATTESTATION_RESULT;
}

enum status attestation_verify(const struct trust_store *ts, const char *path, struct bytes file,
			       const uint8_t seal_digest[32], uint64_t now,
			       struct attestation *found, struct failure *f)
{
	static struct failure why;
	static struct signer tester;
	static struct cms cms;
	struct bytes line, p7s;
	bool good = false;

	found->good = false;
	failure_clear(f);
	for (size_t count = 0; file.size > 0 || count == 0; count++) {
		/* One that is not of the form spoils the file, whoever else signed. */
		if (count == ATTESTATIONS_MAX || !take_line(&file, &line) ||
		    !der_take_whole(&file, DER_SEQUENCE, &p7s) || p7s.size > BUNDLE_SIGNATURE_MAX)
			return fail_attestation(f, path, DETAIL_ATTESTATION_FORM, NULL);
		if (cms_parse(&cms, "its signature", p7s, &why) != STATUS_OK)
			return fail_attestation(f, path, DETAIL_ATTESTATION_FORM, &why);
		enum detail what = DETAIL_ATTESTATION_STRANGER;
		bool warned = false;
		const bool right = trust_verify(ts, ROLE_TESTER, &cms, line, "this statement", now, &tester,
						&why) == STATUS_OK;
		if (right)
			what = statement_read(ts->attested, line, seal_digest, &warned);
		if (what == DETAIL_NONE && !good) {
			good = true;
			found->warned = warned;
			found->tester = tester;
		} else if (what != DETAIL_NONE && f->status == STATUS_OK) {
			fail_attestation(f, path, what, right ? NULL : &why);
		}
	}
	if (!good)
		return f->status;
	found->good = true;
	failure_clear(f);
	return STATUS_OK;
}

enum status attestation_open(const struct trust_store *ts, const char *path,
			     const uint8_t seal_digest[32], uint64_t now, struct file_image *image,
			     struct attestation *found, struct failure *f)
{
	static struct failure why;

	file_unload(image, 0);
	found->good = false;
	if (file_load(path, ATTESTATION_FILE_MAX, STATUS_NO_ATTESTATION, image, &why) == STATUS_OK)
		return attestation_verify(ts, path, (struct bytes){ image->bytes, image->size },
					  seal_digest, now, found, f);
	struct text *t = failure_begin(f, STATUS_NO_ATTESTATION);
	text_put(t, "nobody attests that the bundle was tried: ");
	text_put(t, why.message);
	failure_detail(f, why.detail);
	failure_path(f, path);
	return failure_end(f, try_it);
}
