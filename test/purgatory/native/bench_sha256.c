/* SPDX-License-Identifier: Apache-2.0 */
/* How fast this CPU takes SHA-256, in plain C and with its own instructions: one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpu_features.h"
#include "sha256.h"

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

		sha256_digest(digest, data, BENCH_BYTES, features);
		rate = BENCH_BYTES / (seconds() - start) / 1e6;
		if (rate > best)
			best = rate;
	}
	return best;
}

int main(void)
{
	uint64_t features = cpu_features_detect();
	uint8_t *data = malloc(BENCH_BYTES);

	if (data == NULL)
		return 1;
	for (size_t i = 0; i < BENCH_BYTES; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 13);
	printf("{\"bytes\": %u, \"plainMBps\": %.0f", BENCH_BYTES, measure(data, 0));
	if (features != 0)
		printf(", \"instructionsMBps\": %.0f", measure(data, features));
	printf("}\n");
	free(data);
	return 0;
}
