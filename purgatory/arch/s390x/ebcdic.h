/* SPDX-License-Identifier: Apache-2.0 */
/* Text as the operator's console and CP have it: code page 500. */
#ifndef EBCDIC_H
#define EBCDIC_H

#include <stdint.h>

/* CP ends a command by it where several are given at once. */
#define EBCDIC_LINE_END 0x15u

/* Of a printable ASCII character; 0 for any other byte. */
uint8_t ebcdic(char c);

#endif
