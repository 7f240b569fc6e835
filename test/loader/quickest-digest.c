/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which features the loader would digest by on a CPU whose speed is told.
 *
 *	quickest-digest FEATURES SPIKE [FEATURES NANOSECONDS]...
 *	    FEATURES  what the CPU has; then, for each of them and for none (0), how long it takes
 *	    SPIKE     every time of that number takes 1000 times as long; -N: the first N times of each do; 0: none
 *	    With "none" there is no clock. Prints the features to digest by.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/quickest_digest.h"
#include "base/sys.h"
#include "sha256_parts.h"

static char **times;
static int time_count;
static uint64_t now = 1;
static long spike;
static bool has_clock = true;

long sys_monotonic(uint64_t *nanoseconds)
{
	*nanoseconds = now;
	return has_clock ? 0 : -1;
}

static void spend(uint64_t features)
{
	static long calls;
	static long calls_of[16];

	calls++;
	for (int i = 0; i + 1 < time_count && i / 2 < 16; i += 2)
		if (strtoull(times[i], NULL, 10) == features) {
			const bool slow = spike < 0 ? calls_of[i / 2]++ < -spike :
						      spike > 0 && calls % spike == 0;

			now += strtoull(times[i + 1], NULL, 10) * (slow ? 1000 : 1);
			return;
		}
	/* One that nobody said anything of. */
	exit(99);
}

bool sha256_arch_parts(uint32_t states[DIGEST_PARTS][8], const uint8_t *data, size_t stride,
		       size_t count, uint64_t features)
{
	(void)states;
	(void)data;
	(void)stride;
	(void)count;
	if (features == 0)
		return false;
	spend(features);
	return true;
}

void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t count, uint64_t features)
{
	static unsigned part;

	(void)state;
	(void)data;
	(void)count;
	if (part++ % DIGEST_PARTS == 0)
		spend(features);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	has_clock = strcmp(argv[2], "none") != 0;
	spike = strtol(argv[2], NULL, 10);
	times = argv + 3;
	time_count = argc - 3;
	printf("%" PRIu64 "\n", quickest_digest(strtoull(argv[1], NULL, 10)));
	return 0;
}
