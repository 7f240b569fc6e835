/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ppc64le: the crash region is told by the device tree, and firmware may lie in it. Linux, arch/powerpc/kexec;
 * LoPAPR for what the tree holds of a logical partition, skiboot for what it holds without a hypervisor.
 */
#include "target.h"

#include <libfdt.h>

#include "arch/registry.h"
#include "base/elf.h"
#include "base/sys.h"
#include "byteorder.h"
#include "elf_machine.h"
#include "machine/cpuinfo.h"
#include "machine/unreadable.h"
#include "tree/tree.h"

/* Where the kernel has all memory (PAGE_OFFSET). */
#define DIRECT_MAP UINT64_C(0xc000000000000000)
/* RTAS is a 32-bit program: what it is given must be below. */
#define RTAS_REACH (UINT64_C(1) << 32)

/* Where exception vectors and their handlers are, of a relocatable kernel too. */
#define VECTORS_BYTES 0x10000u

#define CHOSEN "/proc/device-tree/chosen/"

/* A control page and the copy of VMCOREINFO, of 64 KiB each, in pages of 4 KiB. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 2 * PAGE_BYTES / 4096;
}

static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	(void)reader;
	(void)f;
	m->virtual_map.direct = DIRECT_MAP;
	return STATUS_OK;
}

/* A property of 8 bytes, which the running kernel adds to its tree and so is not in the flat one. */
static long read_number(struct reader *reader, const char *path, uint64_t *value)
{
	uint8_t bytes[9];
	size_t used;
	const long error = reader_read(reader, path, bytes, sizeof(bytes), &used);

	if (error < 0)
		return error;
	if (used != 8)
		return -SYS_EINVAL;
	*value = load64_be(bytes);
	return 0;
}

static enum status crash_region(struct machine *m, struct reader *reader, struct failure *f)
{
	static const char base_path[] = CHOSEN "linux,crashkernel-base";
	static const char size_path[] = CHOSEN "linux,crashkernel-size";
	uint64_t base, size;

	m->iomem.crash_count = 0;
	long error = read_number(reader, base_path, &base);
	if (error == -SYS_ENOENT)
		return STATUS_OK;
	if (error < 0)
		return machine_unreadable(f, base_path, error);
	error = read_number(reader, size_path, &size);
	/* No kernel reserves its own vectors. */
	if (error == 0 && (base > UINT64_MAX - size || (size != 0 && base < VECTORS_BYTES)))
		error = -SYS_EINVAL;
	if (error < 0)
		return machine_unreadable(f, size_path, error);
	if (size == 0)
		return STATUS_OK;
	m->iomem.crash[0] = (struct range){ base, base + size };
	m->iomem.crash_count = 1;
	return STATUS_OK;
}

/* Where the firmware makes the dump, the kernel never jumps to a capture kernel. */
static enum status refuse_fadump(struct reader *reader, struct failure *f)
{
	static const char *const paths[] = { "/sys/kernel/fadump/enabled", "/sys/kernel/fadump_enabled" };

	for (uint32_t i = 0; i < 2; i++) {
		uint64_t enabled;

		if (reader_decimal(reader, paths[i], &enabled) < 0 || enabled == 0)
			continue;
		fail(f, STATUS_WRONG_MACHINE,
		     "firmware-assisted dump is enabled: after a panic the firmware makes the dump, and no capture kernel is started",
		     "boot without fadump=on");
		failure_detail(f, DETAIL_FADUMP_ENABLED);
		failure_path(f, paths[i]);
		return STATUS_WRONG_MACHINE;
	}
	return STATUS_OK;
}

static bool take_pages(struct machine *m, struct range r)
{
	if (r.start >= r.end)
		return true;
	r.start &= ~(uint64_t)(PAGE_BYTES - 1);
	if (r.end <= UINT64_MAX - PAGE_BYTES)
		r.end = (r.end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	return machine_take(m, r);
}

static bool add_firmware(void *context, struct range r)
{
	struct machine *m = context;

	for (uint32_t i = 0; i < m->iomem.crash_count; i++)
		if (!ranges_add(&m->kept, range_common(m->iomem.crash[i], r)))
			return false;
	return take_pages(m, r);
}

/* Not what the tree reserves without a node, which is the old initramfs, and firmware that is known already. */
static bool keep_off(void *context, struct range r, int node)
{
	return node < 0 || take_pages(context, r);
}

/*
 * How far a CPU reaches in real mode, in which purgatory and the first steps of the kernel run: to the end of the
 * first range of memory, below a hypervisor; everywhere, without one.
 */
static uint64_t real_mode_end(const void *fdt)
{
	struct range r;
	uint64_t end = UINT64_MAX;
	const struct tree_cells cells = tree_cells(fdt);

	if (tree_find(fdt, "/rtas") < 0)
		return end;
	for (int node = tree_next_memory(fdt, -1); node >= 0; node = tree_next_memory(fdt, node)) {
		struct tree_regs regs = tree_regs(fdt, node, cells);

		if (tree_next_reg(&regs, &r) && r.start == 0)
			end = r.end;
	}
	return end < RTAS_REACH ? end : RTAS_REACH;
}

static enum status memory(struct machine *m, struct reader *reader, struct failure *f)
{
	enum status status = refuse_fadump(reader, f);

	if (status == STATUS_OK)
		status = crash_region(m, reader, f);
	if (status == STATUS_OK)
		status = machine_each_reserved(m, keep_off, f);
	if (status != STATUS_OK)
		return status;
	bool fits = ppc64le_firmware_each(m->tree.bytes, add_firmware, m);
	const uint64_t end = real_mode_end(m->tree.bytes);
	for (uint32_t i = 0; i < m->iomem.crash_count; i++) {
		const struct range beyond = { end, UINT64_MAX };
		const struct range common = range_common(m->iomem.crash[i], beyond);

		if (common.end > common.start)
			fits = fits && ranges_add(&m->taken, common);
	}
	if (!fits)
		return fail(f, STATUS_TOO_MANY_RANGES,
			    "the device tree has more firmware than the loader holds", NULL);
	return STATUS_OK;
}

static enum status no_firmware(struct failure *f)
{
	fail(f, STATUS_BAD_LIVE_VALUE,
	     "the device tree has neither RTAS with system-reboot nor OPAL: purgatory could not reset the machine",
	     "is this the device tree of a POWER server?");
	failure_detail(f, DETAIL_FIRMWARE_MISSING);
	return STATUS_BAD_LIVE_VALUE;
}

static enum status firmware(struct machine *m, struct failure *f)
{
	const void *fdt = m->tree.bytes;
	const int opal = tree_find(fdt, "/ibm,opal");
	const int rtas = tree_find(fdt, "/rtas");
	struct firmware *found = &m->firmware;
	uint64_t token, size;

	/* Without its size it has been kept by nobody: neither by us, nor by the kernel. */
	if (opal >= 0 && tree_number(fdt, opal, "opal-base-address", &found->base) &&
	    tree_number(fdt, opal, "opal-entry-address", &found->entry) &&
	    tree_number(fdt, opal, "opal-runtime-size", &size)) {
		found->kind = FIRMWARE_KIND_OPAL;
		return STATUS_OK;
	}
	if (rtas < 0 || !tree_number(fdt, rtas, "linux,rtas-base", &found->base) ||
	    !tree_number(fdt, rtas, "linux,rtas-entry", &found->entry) ||
	    !tree_number(fdt, rtas, "rtas-size", &size) ||
	    !tree_number(fdt, rtas, "system-reboot", &token))
		return no_firmware(f);
	found->kind = FIRMWARE_KIND_RTAS;
	found->token = (uint32_t)token;
	return STATUS_OK;
}

/* "cpu : POWER9 (architected), altivec supported": the base that little-endian programs have, and Linux lets them use it. */
static enum status cpu_features(struct reader *reader, uint64_t *features, struct failure *f)
{
	static char text[CPUINFO_MAX];
	const char *words;

	*features = 0;
	enum status status = cpuinfo_words(reader, "cpu", text, &words, f);
	if (status == STATUS_OK && cpuinfo_has(words, "altivec"))
		*features = CPU_FEATURE_PPC64LE_ISA207;
	return status;
}

const struct arch arch_ppc64le = {
	.name = "ppc64le",
	.machine = ELF_MACHINE_PPC64,
	.byte_order = ELF_LITTLE,
	.backup = { 0, VECTORS_BYTES },
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.cpu_features = cpu_features,
	.memory = memory,
	.device_tree = ppc64le_device_tree,
	.firmware = firmware,
};
