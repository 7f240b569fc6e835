/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flips every single bit of the image on stdin (loaded_image.h) and prints what the checks said,
 * as lines `START END FINDING` of bytes whose eight bits all led to the same.
 */
#include "check.h"
#include "cpu_features.h"
#include "io.h"
#include "loaded_image.h"
#include "text.h"

#define FOUND_BYTES 64u

static uint8_t input[LOADED_MAX + 1];

static void check(char found[FOUND_BYTES], uint64_t features)
{
	struct finding finding;
	struct text text;
	uint32_t regions = load32_le(loaded_image + PURGATORY_HEAD_AT_REGION_COUNT);

	text_init(&text, found, FOUND_BYTES);
	if (check_head(loaded_image, &finding) && check_live(loaded_image, &finding) &&
	    check_regions(loaded_image, features, &finding) == regions) {
		text_put(&text, "sound");
		return;
	}
	switch (finding.kind) {
	case FINDING_HEAD:
		text_put(&text, "head");
		break;
	case FINDING_LIVE:
		text_put(&text, "live");
		break;
	case FINDING_VALUE:
		text_put(&text, "value ");
		text_put(&text, finding.value);
		break;
	case FINDING_REGION:
		text_put(&text, finding.live ? "live region " : "region ");
		text_field(&text, finding.region, PURGATORY_REGION_NAME_BYTES);
		break;
	case FINDING_EXCEPTION:
	case FINDING_MACHINE_CHECK:
		text_put(&text, "exception");
		break;
	}
}

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void print_range(size_t start, size_t end, const char *found)
{
	char line[FOUND_BYTES + 48];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_hex(&text, start);
	text_put(&text, " ");
	text_hex(&text, end);
	text_put(&text, " ");
	text_put(&text, found);
	text_put(&text, "\n");
	io_print(line);
}

int test_main(void)
{
	size_t size = io_read_all(input, sizeof(input));
	uint64_t features = cpu_features_detect();
	char range[FOUND_BYTES];
	char byte[FOUND_BYTES];
	size_t start = 0;

	if (!load_image(input, size))
		return 2;
	check(range, features);
	io_print(range);
	io_print("\n");
	for (size_t at = 0; at < size; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			char flip[FOUND_BYTES];
			struct text text;

			loaded_image[at] = (uint8_t)(loaded_image[at] ^ 1u << bit);
			check(flip, features);
			loaded_image[at] = (uint8_t)(loaded_image[at] ^ 1u << bit);
			text_init(&text, byte, sizeof(byte));
			text_put(&text, bit == 0 || same(flip, range) ? flip : "mixed");
			if (bit == 0 && !same(byte, range)) {
				if (at > 0)
					print_range(start, at, range);
				start = at;
				text_init(&text, range, sizeof(range));
				text_put(&text, byte);
			} else if (!same(byte, range)) {
				print_range(at, at + 1, "mixed");
			}
		}
	}
	print_range(start, size, range);
	check(range, features);
	io_print(range);
	io_print("\n");
	return 0;
}
