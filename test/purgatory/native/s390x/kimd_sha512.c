/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to KIMD, taken with SHA-512: the one function that QEMU's translator knows of it.
 * stdin: the initial state, 64 bytes, then a message that is padded already.
 * stdout: the state afterwards, or `unknown`; in front of it, whether SHA-256 is known.
 */
#include "io.h"
#include "sha256_kimd.h"
#include "text.h"

#define KIMD_SHA512 3u
#define STATE_BYTES 64u

static uint8_t input[1u << 17];

int test_main(void)
{
	size_t size = io_read_all(input, sizeof(input));
	char line[2 * STATE_BYTES + 32];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_put(&text, kimd_knows(KIMD_SHA256) ? "sha256 " : "no-sha256 ");
	if (size < STATE_BYTES || (size - STATE_BYTES) % 128 != 0)
		return 2;
	if (kimd_knows(KIMD_SHA512)) {
		kimd(KIMD_SHA512, input, input + STATE_BYTES, size - STATE_BYTES);
		text_bytes(&text, input, STATE_BYTES);
	} else {
		text_put(&text, "unknown");
	}
	text_put(&text, "\n");
	io_print(line);
	return 0;
}
