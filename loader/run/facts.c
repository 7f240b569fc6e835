/* SPDX-License-Identifier: Apache-2.0 */
#include "run/facts.h"

#include "arch/registry.h"
#include "segments/fill.h"
#include "machine/identity.h"
#include "load/load.h"
#include "machine/release.h"
#include "run/health.h"
#include "run/state.h"

enum status facts_write(int fd, struct machine *machine, struct reader *reader,
			const struct seal *seal, struct failure *f)
{
	const uint8_t end[1024] = { 0 };
	static struct failure ignored;
	static struct load ignored_load;
	static struct health ignored_health;
	char release[RELEASE_BYTES];
	struct floor floor;

	reader->facts = fd;
	machine_gather(machine, reader, arch_native());
	load_permitted(&ignored_load, BACKEND_AUTO, reader, &ignored);
	load_armed(reader);
	floor_read(reader, &floor, &ignored);
	release_read(reader, release, sizeof(release));
	block_gather(reader);
	if (seal) {
		fill_gather(seal, reader);
		health_look(seal, reader, &ignored_health);
	}
	reader->facts = -1;
	long error = reader->facts_error;
	if (error == 0)
		error = file_write_all(fd, end, sizeof(end));
	if (error < 0) {
		struct text *t = failure_begin(f, STATUS_FAILED);

		text_put(t, "the facts could not be written: ");
		text_errno(t, error);
		return failure_end(f, "free some space, or write them elsewhere");
	}
	return STATUS_OK;
}
