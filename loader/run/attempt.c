/* SPDX-License-Identifier: Apache-2.0 */
#include "run/attempt.h"

#include "arch/registry.h"
#include "base/sys.h"
#include "bundle/members.h"
#include "bundle/purgatory_rules.h"
#include "bundle/tree_rules.h"
#include "load/load.h"
#include "machine/identity.h"
#include "memory.h"
#include "segments/fill.h"
#include "segments/overlay.h"
#include "sha256.h"

/* A file of any size costs no more than this before its signatures are right. */
static enum status open_head(struct attempt *a)
{
	struct failure *const f = &a->failure;
	enum status status;

	file_unload(&a->image, 0);
	status = file_open(a->path, BUNDLE_SIZE_MAX, STATUS_NO_FILE, &a->image, f);
	if (status != STATUS_OK)
		return status;
	status = file_read_on(&a->image, BUNDLE_HEAD_MAX, a->path, STATUS_NO_FILE, f);
	if (status != STATUS_OK)
		return status;
	return bundle_open_head(&a->bundle, a->image.bytes, a->image.size, f);
}

/* --trust names a file of the caller's, outside of any root. */
static enum status read_trust(struct attempt *a)
{
	static const struct root outside = { .fd = SYS_HERE, .real = true };
	const char *const path = a->terms->options->trust;

	return trust_open(path ? &outside : &a->terms->root, path ? path : TRUST_DEFAULT_PATH,
			  a->terms->now, &a->trust, &a->failure);
}

static enum status check_signatures(struct attempt *a)
{
	return bundle_verify(&a->bundle, &a->trust, a->terms->now, &a->signers, &a->failure);
}

static enum status read_seal(struct attempt *a)
{
	const struct bundle_member *const sealed = &a->bundle.member[BUNDLE_SEAL];
	const enum detail fault = seal_parse(&a->seal, sealed->data, sealed->size);

	if (fault != DETAIL_NONE)
		return fail_seal(&a->failure, &a->seal, fault);
	a->report.depth = REPORT_SIGNED;
	return STATUS_OK;
}

static enum status find_arch(struct attempt *a)
{
	return arch_of_seal(&a->seal, !a->terms->root.real, &a->arch, &a->failure);
}

static enum status check_dates(struct attempt *a)
{
	return identity_dates(&a->seal, a->terms->now, &a->failure);
}

/* Beside the bundle, unless the caller names a file. */
static enum status check_attestation(struct attempt *a)
{
	static char beside[4096 + sizeof(ATTESTATION_ENDING)];
	const bool required = a->trust.attested != ATTESTED_NOT;
	/* What stands in for another need not take what was meant for that. */
	const char *path = a->stands_in ? NULL : a->terms->options->attestation;
	uint8_t digest[SHA256_DIGEST_BYTES];
	struct text t;

	if (!path) {
		text_init(&t, beside, sizeof(beside));
		text_put(&t, a->path);
		text_put(&t, ATTESTATION_ENDING);
		path = beside;
	}
	sha256_digest(digest, a->seal.bytes, a->seal.header.size, a->terms->hash_features);
	const enum status status =
		attestation_open(&a->trust, path, digest, a->terms->now, &a->attested, &a->attestation,
				 required ? &a->failure : &a->unattested);
	return required ? status : STATUS_OK;
}

static enum status check_identity(struct attempt *a)
{
	const struct floor *const floor = &a->terms->floor;
	const uint64_t lowest = floor->epoch > floor->admin_epoch ? floor->epoch : floor->admin_epoch;

	return identity_check(&a->seal, &a->reader, lowest, &a->failure);
}

static enum status choose_call(struct attempt *a)
{
	return load_permitted(&a->load, a->seal.header.backend, &a->reader, &a->failure);
}

/* Once; everything later looks at these bytes. What a file has beyond its seal's members costs nothing. */
static enum status read_rest(struct attempt *a)
{
	const enum status status = file_read_on(&a->image, (size_t)members_bound(&a->bundle, &a->seal),
						a->path, STATUS_NO_FILE, &a->failure);

	if (status != STATUS_OK) {
		/* The seal's words went with the file's bytes. */
		a->report.depth = REPORT_NOTHING;
		return status;
	}
	return bundle_open_rest(&a->bundle, a->image.bytes, a->image.have, &a->failure);
}

static enum status check_members(struct attempt *a)
{
	return members_match(&a->bundle, &a->seal, &a->failure);
}

static enum status check_digests(struct attempt *a)
{
	return members_digest(&a->bundle, &a->seal, a->terms->hash_features, &a->failure);
}

static enum status check_purgatory(struct attempt *a)
{
	return purgatory_check(&a->bundle, &a->seal, a->terms->hash_features, &a->failure);
}

static enum status check_additions(struct attempt *a)
{
	return arch_has_trees ? tree_rules_check(&a->bundle, &a->seal, &a->failure) : STATUS_OK;
}

/*
 * Unless the caller names one, the machine's own, where there is one and the bundle has room for it.
 * One that is there but cannot be read is a refusal, so a link counts wherever it leads.
 */
static const char *overlay_path(const struct attempt *a)
{
	static const char own[] = "/etc/crashseal/overlay";
	const char *const named = a->terms->options->overlay;

	/* What stands in for another need not take what was meant for that. */
	if ((a->seal.header.flags & SEAL_FLAG_LOCAL_OVERLAY) == 0)
		return a->stands_in ? NULL : named;
	if (named || !a->terms->root.real)
		return named;
	const long fd = root_openat(&a->terms->root, own, SYS_PATH | sys_flag_no_follow());
	if (fd >= 0)
		sys_close((int)fd);
	return fd == -SYS_ENOENT || fd == -SYS_ENOTDIR ? NULL : own;
}

static enum status add_overlay(struct attempt *a)
{
	return overlay_read(overlay_path(a), a->terms->root.real, &a->seal, &a->bundle,
			    a->terms->hash_features, &a->load, &a->failure);
}

static enum status read_machine(struct attempt *a)
{
	const bool file = a->load.backend == BACKEND_FILE;
	const enum status status = machine_read(&a->machine, &a->reader, a->arch,
						file ? 1u << LIVE_SOURCE_HOTPLUG : a->seal.sources,
						&a->failure);

	if (status == STATUS_OK)
		a->report.depth = REPORT_READ;
	return status;
}

static enum status check_demands(struct attempt *a)
{
	return a->arch->demands ? a->arch->demands(&a->seal, &a->machine, &a->failure) : STATUS_OK;
}

static enum status place(struct attempt *a)
{
	const enum status status =
		segments_place(&a->load, &a->seal, &a->bundle, &a->machine, &a->failure);

	if (status != STATUS_OK)
		return status;
	/* By the other call, that it fits is known; where it goes is the kernel's choice. */
	if (a->load.backend == BACKEND_FILE)
		a->load.hotplug = a->machine.elfcorehdr_size != 0;
	else
		a->report.depth = REPORT_PLACED;
	return STATUS_OK;
}

static enum status fill(struct attempt *a)
{
	return fill_live(&a->load, &a->machine, &a->reader, a->terms->hash_features, &a->failure);
}

static enum status check_headers(struct attempt *a)
{
	return fill_check(&a->load, &a->machine, &a->failure);
}

/* `path` may be NULL. */
static enum status changed(struct failure *f, const char *path)
{
	const char *const what = path ? path : "what this machine says of its memory and CPUs";
	struct text *t = failure_begin(f, STATUS_CHANGED_MEANWHILE);

	text_outside(t, what, str_length(what));
	text_put(t, " changed while the bundle was filled from it");
	if (path)
		failure_path(f, path);
	return failure_end(f, "load the bundle again");
}

/*
 * Everything that was filled in is read once more, as the last thing before the system call: a
 * device that was taken away or another that was configured in between must not be armed.
 */
static enum status check_unchanged(struct attempt *a)
{
	static struct failure ignored;
	const enum status status =
		machine_read(&a->again, &a->reader, a->arch, a->seal.sources, &ignored);

	if (status != STATUS_OK || !machine_same(&a->machine, &a->again))
		return changed(&a->failure, NULL);
	const char *const path = reader_unchanged(&a->reader);
	return path ? changed(&a->failure, path) : STATUS_OK;
}

/* The rules hold still. */
static enum status match_again(struct attempt *a)
{
	if (identity_match(&a->seal, &a->reader, &a->failure) != STATUS_OK) {
		a->failure.status = STATUS_CHANGED_MEANWHILE;
		return failure_end(&a->failure, "load the bundle again");
	}
	if (a->load.backend != BACKEND_FILE)
		a->report.depth = REPORT_FILLED;
	return STATUS_OK;
}

/*
 * All that a bundle has to pass, in this order (docs/loader.md, "What it checks, in this order").
 * Nothing is parsed before its signature is right, nothing large is read before it is known to be for
 * this machine, and everything that can be refused is refused before kexec_load(2), which frees what
 * was armed before it looks at what it is given.
 */
static const struct {
	enum steps when;
	enum status (*take)(struct attempt *a);
} steps[] = {
	{ STEPS_HEAD, open_head },
	{ STEPS_HEAD, read_trust },
	{ STEPS_HEAD, check_signatures },
	{ STEPS_HEAD, read_seal },
	{ STEPS_IDENTITY, find_arch },
	{ STEPS_IDENTITY | STEPS_REST, check_dates },
	{ STEPS_IDENTITY | STEPS_REST, check_attestation },
	{ STEPS_IDENTITY, check_identity },
	{ STEPS_LOAD, choose_call },
	{ STEPS_REST, read_rest },
	{ STEPS_REST, check_members },
	{ STEPS_REST, check_digests },
	{ STEPS_REST, check_purgatory },
	{ STEPS_REST, check_additions },
	{ STEPS_LOAD, add_overlay },
	{ STEPS_LOAD, read_machine },
	{ STEPS_LOAD, check_demands },
	{ STEPS_LOAD, place },
	{ STEPS_FILL, fill },
	{ STEPS_FILL, check_headers },
	{ STEPS_FILL, check_unchanged },
	{ STEPS_LOAD, match_again },
};

enum status attempt_walk(struct attempt *a, unsigned int wanted)
{
	failure_clear(&a->failure);
	failure_clear(&a->unattested);
	a->attestation.good = false;
	mem_set(&a->load, 0, sizeof(a->load));
	a->reader.watched_count = 0;
	a->report.depth = REPORT_NOTHING;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if ((steps[i].when & wanted) == 0)
			continue;
		/* The other call fills by itself. */
		if (steps[i].when == STEPS_FILL && a->load.backend == BACKEND_FILE)
			continue;
		const enum status status = steps[i].take(a);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

void attempt_begin(struct attempt *a, const struct terms *terms)
{
	a->terms = terms;
	a->called = false;
	a->stands_in = false;
	reader_init(&a->reader, &terms->root);
	failure_clear(&a->failure);
	a->report = (struct report){
		.action = "refused",
		.depth = REPORT_NOTHING,
		.seal = &a->seal,
		.signers = &a->signers,
		.attestation = &a->attestation,
		.unattested = &a->unattested,
		.trust = &a->trust,
		.now = terms->now,
		.machine = &a->machine,
		.load = &a->load,
		.failure = &a->failure,
		.running_release = a->release,
	};
	release_read(&a->reader, a->release, sizeof(a->release));
}
