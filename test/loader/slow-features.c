/* SPDX-License-Identifier: Apache-2.0 */
/* `slow-features HAS WANTED SLOW`: what purgatory is told of a CPU that HAS features, of which it is slow with some. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "byteorder.h"
#include "segments/fill.h"

int main(int argc, char **argv)
{
	static struct seal seal;
	static struct machine machine;
	static struct reader reader;
	static struct load load;
	static struct failure failure;
	uint8_t told[8] = { 0 };

	if (argc != 4)
		return 2;
	machine.cpu_features = strtoull(argv[1], NULL, 10);
	seal.header.live_count = 1;
	seal.live[0] = (struct seal_live){
		.source = LIVE_SOURCE_CPU_FEATURES,
		.form = LIVE_FORM_LITTLE,
		.width = sizeof(told),
		.size = sizeof(told),
		.arg1 = strtoull(argv[2], NULL, 10),
	};
	load.seal = &seal;
	load.segments[0].buf = told;
	if (fill_live(&load, &machine, &reader, 0, strtoull(argv[3], NULL, 10), &failure) != STATUS_OK)
		return 1;
	printf("%" PRIu64 "\n", load64_le(told));
	return 0;
}
