/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/store.h"

#include "base/sys.h"
#include "memory.h"
#include "trust/pem.h"

static const char make_anchors[] =
	"put the PEM certificates of those who may sign for this machine there";

/* `line` is 0 for all of the file. */
static enum status fail_store(struct failure *f, const char *path, uint32_t line, enum detail what)
{
	struct text *t = failure_begin(f, STATUS_NO_TRUST);

	if (line != 0) {
		text_put(t, "line ");
		text_decimal(t, line);
		text_put(t, " of ");
	}
	text_outside(t, path, str_length(path));
	text_char(t, ' ');
	if (what >= DETAIL_CERTIFICATE_FRAME && what <= DETAIL_CERTIFICATE_END)
		text_put(t, "begins a certificate that is malformed: ");
	else if (what == DETAIL_KEY_NOT_ALLOWED)
		text_put(t, "begins a certificate that ");
	text_put(t, detail_words(what));
	failure_detail(f, what);
	failure_path(f, path);
	return failure_end(f, make_anchors);
}

/* The first or last line of a key in PEM (RFC 7468), whatever its kind. */
static bool of_private_key(struct bytes line)
{
	static const char end[] = "PRIVATE KEY-----";
	const size_t size = sizeof(end) - 1;

	return line.size >= size && mem_equal(line.data + line.size - size, end, size);
}

/* Settings stand before the certificates, each at most once. */
static bool take_setting(struct trust_store *ts, struct bytes line)
{
	static const char threshold[] = "threshold: ";
	const struct {
		const char *line;
		uint8_t *field;
		uint8_t value;
	} settings[] = {
		{ "development: accept", &ts->development, true },
		{ "revocation: required", &ts->revocation, true },
		{ "require: test-crash", &ts->attested, ATTESTED_PASSED },
		{ "require: test-crash-warned", &ts->attested, ATTESTED_WARNED },
	};
	const size_t digit = sizeof(threshold) - 1;

	if (ts->count > 0)
		return false;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *const text = settings[i].line;

		if (!bytes_equal(line, (struct bytes){ (const uint8_t *)text, str_length(text) }))
			continue;
		if (*settings[i].field != 0)
			return false;
		*settings[i].field = settings[i].value;
		return true;
	}
	if (line.size != digit + 1 || !mem_equal(line.data, threshold, digit) ||
	    line.data[digit] < '1' || line.data[digit] > '0' + (int)BUNDLE_SIGNATURES_MAX ||
	    ts->threshold != 0)
		return false;
	ts->threshold = line.data[digit] - '0' + 0u;
	return true;
}

static enum status take_anchor(struct trust_store *ts, struct bytes der, const char *path,
			       uint32_t line, struct failure *f)
{
	struct certificate *const anchor = &ts->anchor[ts->count];

	if (ts->count == TRUST_ANCHORS_MAX)
		return fail_store(f, path, line, DETAIL_TOO_MANY_ANCHORS);
	const enum detail part = certificate_take(anchor, &der);
	if (part != DETAIL_NONE || der.size != 0)
		return fail_store(f, path, line, part != DETAIL_NONE ? part : DETAIL_CERTIFICATE_END);
	if (!rsa_key_allowed(&anchor->key))
		return fail_store(f, path, line,
				  DETAIL_KEY_NOT_ALLOWED);
	ts->count++;
	return STATUS_OK;
}

static enum status parse_text(struct trust_store *ts, size_t size, const char *path,
			      struct failure *f)
{
	enum status status = STATUS_OK;
	struct bytes item;
	struct pem pem;

	pem_init(&pem, ts->file, size);
	while (status == STATUS_OK) {
		switch (pem_next(&pem, &item)) {
		case PEM_END:
			return STATUS_OK;
		case PEM_CERTIFICATE:
			status = take_anchor(ts, item, path, pem.line, f);
			break;
		case PEM_LINE:
			if (of_private_key(item)) {
				fail_store(f, path, pem.line, DETAIL_STORE_PRIVATE_KEY);
				return failure_end(f, "keep private keys off this machine; here belong the "
						      "certificates of those who may sign for it");
			}
			if (!take_setting(ts, item))
				status = fail_store(f, path, pem.line,
						    DETAIL_STORE_LINE);
			break;
		case PEM_FAULT:
			status = fail_store(f, path, pem.line,
					    DETAIL_STORE_DAMAGED);
			break;
		}
	}
	return status;
}

enum status trust_parse(struct trust_store *ts, size_t size, const char *path, struct failure *f)
{
	enum status status;

	ts->count = 0;
	ts->threshold = 0;
	ts->attested = ATTESTED_NOT;
	ts->development = false;
	ts->revocation = false;
	ts->revoked.size = 0;
	/* A SEQUENCE: one certificate in DER. Text begins with other letters, or is refused. */
	if (size > 0 && ts->file[0] == DER_SEQUENCE)
		status = take_anchor(ts, (struct bytes){ ts->file, size }, path, 1, f);
	else
		status = parse_text(ts, size, path, f);
	if (status == STATUS_OK && ts->count == 0)
		status = fail_store(f, path, 0, size == 0 ? DETAIL_FILE_EMPTY : DETAIL_STORE_WITHOUT);
	if (status != STATUS_OK)
		ts->count = 0;
	if (ts->threshold == 0)
		ts->threshold = 1;
	return status;
}

enum status store_open(const struct root *root, const char *path, struct trust_store *ts,
		       struct failure *f)
{
	struct sys_stat st;
	size_t size;
	const long error = file_read_stat(root, path, ts->file, sizeof(ts->file), &size, &st);

	ts->count = 0;
	if (error < 0)
		return fail_file(f, STATUS_NO_TRUST, "cannot read the trust anchors in", path, error,
				 make_anchors);
	if (root->real && st.owner != 0 && st.owner != (uint32_t)sys_geteuid()) {
		fail_store(f, path, 0, DETAIL_STORE_OWNER);
		return failure_end(f, "chown root");
	}
	if (root->real && (st.mode & 022) != 0) {
		fail_store(f, path, 0, DETAIL_STORE_OPEN);
		return failure_end(f, "chmod go-w");
	}
	return trust_parse(ts, size, path, f);
}
