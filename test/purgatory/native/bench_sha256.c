/* SPDX-License-Identifier: Apache-2.0 */
/* How fast this CPU takes digests by parts, in plain C and with each of its features: one JSON object, in MB/s. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpu_features.h"
#include "sha256_parts.h"

#define BENCH_BYTES (64u << 20)
#define BENCH_ROUNDS 5

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Best of several: the others tell what else the machine was doing. MB is 10^6 bytes. */
static double measure(const uint8_t *data, uint64_t features)
{
	double best = 0;

	for (int i = 0; i < BENCH_ROUNDS; i++) {
		uint8_t digest[SHA256_DIGEST_BYTES];
		double start = seconds();
		double rate;

		sha256_parts(digest, data, BENCH_BYTES, features);
		rate = BENCH_BYTES / (seconds() - start) / 1e6;
		if (rate > best)
			best = rate;
	}
	return best;
}

int main(void)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} kinds[] = {
#define KIND(feature, text) { feature, text },
		CPU_FEATURE_NAMES(KIND)
	};
	uint64_t features = cpu_features_detect();
	uint8_t *data = malloc(BENCH_BYTES);

	if (data == NULL)
		return 1;
	for (size_t i = 0; i < BENCH_BYTES; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 13);
	printf("{\"bytes\": %u, \"plain C\": %.0f", BENCH_BYTES, measure(data, 0));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((features & kinds[i].bit) != 0)
			printf(", \"%s\": %.0f", kinds[i].name, measure(data, kinds[i].bit));
	printf("}\n");
	free(data);
	return 0;
}
