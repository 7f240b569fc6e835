/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "check.h"
#include "text.h"

/* Longest message with its NUL: four lines, two of them with a digest. */
#define MESSAGE_BYTES 640u

/* What the console says of a finding (docs/purgatory.md, "Messages"). */
void message_finding(struct text *text, const struct purgatory_head *head,
		     const struct finding *finding);

/* The line before a step of the policy. */
void message_step(struct text *text, const struct purgatory_step *step);

#endif
