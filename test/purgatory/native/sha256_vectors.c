/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests as asked for on stdin, one line each:
 * u32 count, count times {u32 features, u32 offset, u32 size, u32 step}, then the data.
 * A digest is taken over [offset, offset + size) of the data, `step` bytes at a time; 0: all at once;
 * 0xffffffff: by parts.
 * Feature bits that this CPU lacks are an error, not a fall-back.
 */
#include "bundle_format.h"
#include "cpu_features.h"
#include "io.h"
#include "sha256_parts.h"
#include "text.h"

#define REQUEST_BYTES 16u

static uint8_t input[1u << 22];

int test_main(void)
{
#ifdef FEATURES_ARE_GIVEN
	/* An emulator that has the instructions, and no system call that says so. */
	const uint64_t known = UINT64_MAX;
#else
	const uint64_t known = cpu_features_detect();
#endif
	size_t have = io_read_all(input, sizeof(input));
	size_t count = have < 4 ? 0 : load32_le(input);
	const uint8_t *data = input + 4 + count * REQUEST_BYTES;

	if (have < 4 || count > (have - 4) / REQUEST_BYTES)
		return 2;
	have -= 4 + count * REQUEST_BYTES;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *request = input + 4 + i * REQUEST_BYTES;
		uint32_t features = load32_le(request);
		uint32_t offset = load32_le(request + 4);
		uint32_t size = load32_le(request + 8);
		uint32_t step = load32_le(request + 12);
		uint8_t digest[SHA256_DIGEST_BYTES];
		char line[2 * SHA256_DIGEST_BYTES + 2];
		struct text text;

		if (offset > have || size > have - offset || (features & ~known) != 0)
			return 2;
		if (step == 0) {
			sha256_digest(digest, data + offset, size, features);
		} else if (step == UINT32_MAX) {
			sha256_parts(digest, data + offset, size, features);
		} else {
			struct sha256 hash;

			sha256_init(&hash, features);
			for (uint32_t done = 0; done < size; done += step)
				sha256_update(&hash, data + offset + done,
					      size - done < step ? size - done : step);
			sha256_final(&hash, digest);
		}
		text_init(&text, line, sizeof(line));
		text_bytes(&text, digest, sizeof(digest));
		text_put(&text, "\n");
		io_print(line);
	}
	return 0;
}
