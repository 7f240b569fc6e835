/* SPDX-License-Identifier: Apache-2.0 */
/* Writing live values into the segments' own buffers. */
#ifndef FILL_H
#define FILL_H

#include "base/failure.h"
#include "machine/machine.h"
#include "base/reader.h"
#include "bundle/seal.h"
#include "segments/segments.h"

/*
 * Before: every segment has its bytes (private, writable, digested as sealed) and its address.
 *         `hash_features` are those of the CPU that runs this (sha256.h).
 * After:  STATUS_OK and every live value in its place; or the status and reason of the first that
 *         cannot be had, with the buffers partly filled.
 */
enum status fill_live(struct load *load, const struct machine *machine, struct reader *reader,
		      uint64_t hash_features, struct failure *f);

/* Every ELF core header that was filled, read again as a capture kernel would. STATUS_OK or STATUS_BAD_HEADER. */
enum status fill_check(const struct load *load, const struct machine *machine, struct failure *f);

/* Reads the files that the seal's live values and match rules name, as facts. */
void fill_gather(const struct seal *seal, struct reader *reader);

#endif
