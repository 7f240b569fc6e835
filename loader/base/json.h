/* SPDX-License-Identifier: Apache-2.0 */
/* Whether text that is put into our JSON is JSON: what another wrote must not add keys of its own to it. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* One object as we write them: no white space, printable ASCII only, nested at most 32 deep, nothing after it. */
bool json_is_object(const char *text, size_t size);

#endif
