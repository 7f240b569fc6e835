/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of text for the operator, through the service-call console (SCLP) in its ASCII form: the
 * terminal that Linux calls ttysclp0.
 */
#ifndef TOOLS_SCLP_H
#define TOOLS_SCLP_H

#include <stddef.h>
#include <stdint.h>

void sclp_init(void);

/* Text goes out with sclp_end_line(), or when it gets too long for a line. */
void sclp_text(const char *text, size_t size);
void sclp_string(const char *text);
void sclp_hex(uint64_t value, unsigned int digits);
void sclp_decimal(uint64_t value);
void sclp_end_line(void);

#endif
