/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s390x: the capture kernel finds memory, CPUs and VMCOREINFO by itself (lowcore, os_info), so a
 * seal for it asks for numbers, words and digests. Only kernels before 5.16 or so can be given an ELF
 * core header; for them it has the notes and the memory that it has everywhere.
 */
#include "arch/registry.h"
#include "elf_machine.h"
#include "machine/cpuinfo.h"
#include "base/elf.h"
#include "machine/machine.h"

#define MIB (1u << 20)

/* One control page and the copy of VMCOREINFO. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 2;
}

static enum status cpu_features(struct reader *reader, uint64_t *features, struct failure *f)
{
	static char text[CPUINFO_MAX];
	const char *words;

	*features = 0;
	enum status status = cpuinfo_words(reader, "features", text, &words, f);
	/* MSA is the facility; which of its functions are there, whoever uses it asks the CPU. */
	if (status == STATUS_OK && cpuinfo_has(words, "msa"))
		*features = CPU_FEATURE_S390X_KIMD;
	return status;
}

static enum status bad_region(struct failure *f, enum detail detail, struct range crash,
			      const char *why)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "the crash region at ");
	text_hex(t, crash.start);
	text_put(t, " of ");
	text_size(t, range_size(crash));
	text_put(t, why);
	failure_detail(f, detail);
	return failure_end(f, "is this /proc/iomem of an s390x machine?");
}

/*
 * The capture kernel exchanges [0, size) with the crash region, so both must be memory, and apart;
 * it runs where it is linked for, so the region is on a segment of its page tables.
 */
static enum status demands(const struct seal *seal, const struct machine *m, struct failure *f)
{
	struct range crash = iomem_crash_main(&m->iomem);
	struct range low = m->iomem.ram.items[0];

	(void)seal;
	if (m->iomem.crash_count != 1)
		return bad_region(f, DETAIL_REGION_NOT_ALONE, crash, " is not the only one");
	if (crash.start % MIB != 0 || crash.end % MIB != 0)
		return bad_region(f, DETAIL_REGION_NOT_WHOLE, crash, " is not of whole MiB");
	if (crash.start < range_size(crash))
		return bad_region(f, DETAIL_REGION_OVERLAPS, crash,
				  " overlaps the memory that is to change places with it");
	if (low.start != 0 || low.end < range_size(crash))
		return bad_region(f, DETAIL_REGION_LARGE, crash,
				  " is larger than the first range of System RAM");
	return STATUS_OK;
}

const struct arch arch_s390x = {
	.name = "s390x",
	.machine = ELF_MACHINE_S390,
	.byte_order = ELF_BIG,
	.control_pages = control_pages,
	.cpu_features = cpu_features,
	.demands = demands,
};
