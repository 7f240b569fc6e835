/* SPDX-License-Identifier: Apache-2.0 */
/* `terms [ROOT]`: by which features of a CPU a run digests, and which are slow; without ROOT on this machine itself. */
#include <inttypes.h>
#include <stdio.h>

#include "cpu_features.h"
#include "run/quickest_digest.h"
#include "run/terms.h"

/* A CPU with 5, of which 4 is slow. */
uint64_t cpu_features_detect(void)
{
	return 5;
}

uint64_t quickest_digest(uint64_t features)
{
	return features & ~UINT64_C(4);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct terms terms;
	static struct failure failure;

	options.root = argc > 1 ? argv[1] : NULL;
	if (terms_begin(&terms, &options, &failure) != STATUS_OK)
		return 1;
	printf("%" PRIu64 " %" PRIu64 "\n", terms.hash_features, terms.slow_features);
	return 0;
}
