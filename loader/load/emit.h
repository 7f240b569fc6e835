/* SPDX-License-Identifier: Apache-2.0 */
/* What would be loaded, as files in a folder. */
#ifndef EMIT_H
#define EMIT_H

#include "base/failure.h"
#include "segments/segments.h"

/* Writes each segment's bytes as NAME@0xADDRESS into `dir`, which is made when it is missing. */
enum status load_emit(const struct load *load, const char *dir, int *dir_fd, struct failure *f);

enum status load_emit_failed(struct failure *f, const char *name, long error);

#endif
