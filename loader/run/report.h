/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader says of what it did: one line for people, one JSON object for machines. */
#ifndef REPORT_H
#define REPORT_H

#include "run/candidates.h"
#include "run/health.h"
#include "run/json_out.h"
#include "base/failure.h"
#include "segments/fill.h"
#include "machine/machine.h"
#include "base/reader.h"
#include "bundle/seal.h"
#include "trust/attestation.h"
#include "trust/trust.h"

/* How far a run came; what comes after that is not reported. */
enum report_depth {
	REPORT_NOTHING,
	REPORT_SIGNED, /* seal and signers */
	REPORT_READ, /* the machine too */
	REPORT_PLACED, /* and where segments go */
	REPORT_FILLED, /* and their contents */
};

struct report {
	const char *action; /* "armed", "would-arm", "emitted", "verified", ... */
	enum report_depth depth;
	const struct seal *seal;
	const struct signers *signers;
	const struct attestation *attestation;
	const struct failure *unattested; /* STATUS_OK, or why no attestation counts where none is required */
	const struct trust_store *trust;
	uint64_t now; /* by which dates were judged */
	const struct machine *machine;
	const struct load *load;
	const struct failure *failure; /* status and words; STATUS_OK when all went well */
	const char *running_release; /* of the machine; empty when not known */
	uint64_t milliseconds;
	bool armed;
	bool limited; /* kexec_load_limit_panic was set to 0 */
	const struct report *rearmed; /* of the last good bundle, where a failed call made it needed */
	const struct health *health; /* NULL, or what the probes found once all was right */
	const struct candidates *candidates; /* NULL, or among which this one was chosen */
};

/* "armed: profile vm, kernel 6.12.1-amd64, 6 segments, 61.2 MiB at 0x..., in 84 ms" */
void report_line(const struct report *report, struct text *t);
void report_json(const struct report *report, struct text *t);
/* Was all of it done, or would be? It may have a status all the same. */
bool report_is_good(const struct report *report);
/* What ends soon, of what the report is about: at most EXPIRING_MAX. */
#define EXPIRING_MAX (BUNDLE_SIGNATURES_MAX + 3u)
struct ending {
	enum expiring what;
	const char *of; /* not ended where it is of the seal */
	size_t of_length;
	uint64_t at; /* seconds since 1970, its last */
};
size_t report_endings(const struct report *report, struct ending endings[EXPIRING_MAX]);
/* When the first of the certificates ends that the bundle is trusted by; 0 without any. */
uint64_t report_certificates_until(const struct report *report);
/* Keys of an open object: would a dump arrive, and at which target? Nothing where the seal says nothing of it. */
void report_health(const struct health *health, struct json *j);

#endif
