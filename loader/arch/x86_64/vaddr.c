/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual addresses of the running kernel from /proc/kcore, which states both addresses of each RAM
 * entry and of the kernel text. VMCOREINFO and /proc/iomem tell some of it again: they must agree.
 */
#include "base/scan.h"
#include "target.h"

/* __START_KERNEL_map (Documentation/arch/x86/x86_64/mm.rst). */
#define TEXT_MAP UINT64_C(0xffffffff80000000)
/* Lowest address of the upper half with 4 levels of page tables. */
#define FOUR_LEVEL_START UINT64_C(0xffff800000000000)

static enum status disagree(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "/proc/kcore ");
	text_put(t, what);
	failure_path(f, "/proc/kcore");
	return failure_end(f, NULL);
}

static enum status hidden(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_HIDDEN_ADDRESSES);

	text_put(t, "/proc/kcore ");
	text_put(t, what);
	failure_path(f, "/proc/kcore");
	return failure_end(f, "the dump's header needs the kernel's virtual addresses");
}

static bool scan_signed(const char *at, uint64_t *value)
{
	bool negative = scan_word(&at, "-");

	if (!scan_decimal(&at, value) || (*at != '\n' && *at != '\0'))
		return false;
	if (negative)
		*value = 0 - *value;
	return true;
}

static enum status cross_check(const struct machine *m, const struct virtual_map *map,
			       struct failure *f)
{
	const char *at;
	uint64_t value;

	at = kcore_vmcoreinfo(&m->kcore, "NUMBER(phys_base)");
	if (at && (!scan_signed(at, &value) ||
		   map->text_virtual - TEXT_MAP + value != map->text_physical))
		return disagree(f, "and VMCOREINFO's phys_base disagree on where the kernel text is");
	at = kcore_vmcoreinfo(&m->kcore, "SYMBOL(_stext)");
	if (at && (!scan_hex(&at, &value) || value - map->text_virtual >= map->text_size))
		return disagree(f, "has a kernel text that does not hold VMCOREINFO's _stext");
	at = kcore_vmcoreinfo(&m->kcore, "KERNELOFFSET");
	if (at && (!scan_hex(&at, &value) || value > map->text_virtual - TEXT_MAP))
		return disagree(f, "and VMCOREINFO's KERNELOFFSET disagree");
	at = kcore_vmcoreinfo(&m->kcore, "NUMBER(pgtable_l5_enabled)");
	if (at && (!scan_signed(at, &value) || (value != 0) != x86_64_five_level(map)))
		return disagree(f, "and VMCOREINFO disagree on 5-level paging");
	if (m->iomem.kernel_code.start != m->iomem.kernel_code.end &&
	    m->iomem.kernel_code.start != map->text_physical)
		return disagree(f, "and /proc/iomem disagree on where the kernel text is");
	return STATUS_OK;
}

enum status x86_64_virtual_map(const struct machine *m, struct virtual_map *map,
			       struct failure *f)
{
	bool have_direct = false;

	*map = (struct virtual_map){ 0 };
	for (uint32_t i = 0; i < m->kcore.load_count; i++) {
		const struct kcore_load *load = &m->kcore.loads[i];
		if (load->physical == ELF_NO_ADDRESS || load->size == 0)
			continue;
		if (load->size > UINT64_MAX - load->virtual_start ||
		    load->size > UINT64_MAX - load->physical)
			return disagree(f, "has an entry that wraps");
		if (load->virtual_start >= TEXT_MAP) {
			if (map->text_size != 0)
				return disagree(f, "has two kernel texts");
			map->text_virtual = load->virtual_start;
			map->text_physical = load->physical;
			map->text_size = load->size;
			continue;
		}
		uint64_t direct = load->virtual_start - load->physical;
		if (have_direct && direct != map->direct)
			return disagree(f, "has RAM entries that contradict each other");
		map->direct = direct;
		have_direct = true;
	}
	if (!have_direct)
		return hidden(f, "has no RAM entry");
	if (map->text_size == 0)
		return hidden(f, "has no entry of the kernel text");
	/* PAGE_OFFSET is in the upper half and on a PUD boundary, with and without randomisation. */
	if (map->direct < UINT64_C(0xff00000000000000) || map->direct >= TEXT_MAP ||
	    map->direct % (1u << 30) != 0)
		return disagree(f, "has RAM entries outside of the direct map");
	return cross_check(m, map, f);
}

bool x86_64_five_level(const struct virtual_map *map)
{
	return map->direct < FOUR_LEVEL_START;
}
