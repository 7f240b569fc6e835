/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm64: virtual addresses from VMCOREINFO alone (kernels need not list `_text`), and how the firmware is called
 * that resets the machine.
 */
#include "arch/registry.h"
#include "base/elf.h"
#include "base/sys.h"
#include "byteorder.h"
#include "elf_machine.h"
#include "machine/cpuinfo.h"
#include "machine/machine.h"
#include "machine/release.h"
#include "machine/unreadable.h"

/* With pages of 64 KiB: a control page and the copy of VMCOREINFO. */
static uint64_t control_pages(uint64_t ram)
{
	(void)ram;
	return 2 * 16;
}

static enum status old_kernel(struct reader *reader, struct failure *f)
{
	char release[RELEASE_BYTES];

	release_read(reader, release, sizeof(release));
	if (!release_before(release, 5, 4))
		return STATUS_OK;
	struct text *t = failure_begin(f, STATUS_WRONG_KERNEL);

	text_put(t, "the running kernel is Linux ");
	text_outside(t, release, str_length(release));
	text_put(t, ", whose VMCOREINFO does not say where its memory is mapped (since 5.4)");
	failure_detail(f, DETAIL_KERNEL_MAPS_ELSEWHERE);
	failure_path(f, RELEASE_PATH);
	return failure_end(f, "run Linux 5.4 or later");
}

static enum status disagree(struct failure *f, const char *what)
{
	struct text *t = failure_begin(f, STATUS_BAD_LIVE_VALUE);

	text_put(t, "/proc/kcore: VMCOREINFO ");
	text_put(t, what);
	failure_path(f, "/proc/kcore");
	return failure_end(f, NULL);
}

/* Linux, arch/arm64/include/asm/memory.h: memory is mapped from the lowest kernel address of VA_BITS on. */
static enum status virtual_map(struct machine *m, struct reader *reader, struct failure *f)
{
	uint64_t va_bits, phys_offset, image_offset;
	enum status status = old_kernel(reader, f);

	if (status == STATUS_OK)
		status = kcore_read(&m->kcore, reader, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(VA_BITS)", &va_bits, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(PHYS_OFFSET)", &phys_offset, f);
	if (status == STATUS_OK)
		status = kcore_number(&m->kcore, "NUMBER(kimage_voffset)", &image_offset, f);
	if (status != STATUS_OK)
		return status;
	if (va_bits < 36 || va_bits > 52)
		return disagree(f, "says an impossible number of bits of a virtual address");

	const struct iomem *iomem = &m->iomem;
	const struct range text = { iomem->kernel_code.start, iomem->kernel_data.end };

	if (iomem->kernel_code.start == iomem->kernel_code.end || text.end <= text.start)
		return fail(f, STATUS_BAD_LIVE_VALUE, "/proc/iomem does not say where the kernel is", NULL);
	m->virtual_map = (struct virtual_map){
		.direct = (UINT64_MAX << va_bits) - phys_offset,
		.text_virtual = text.start + image_offset,
		.text_physical = text.start,
		.text_size = range_size(text),
	};
	if (m->virtual_map.text_virtual < UINT64_MAX << va_bits)
		return disagree(f, "has the kernel outside of its own addresses");
	return STATUS_OK;
}

/* In a list of strings, each with its NUL. */
static bool lists(const char *list, size_t size, const char *wanted)
{
	for (size_t at = 0; at < size; at += str_length(list + at) + 1)
		if (str_equal(list + at, wanted))
			return true;
	return false;
}

/* Where the binding and boards have it. */
static const char *const psci_nodes[] = { "/proc/device-tree/psci", "/proc/device-tree/firmware/psci" };

/* A property: strings, each with its NUL. An error, or *used; one NUL more follows. */
static long property(struct reader *reader, const char *node, const char *name, char path[64],
		     char text[256], size_t *used)
{
	struct text p;

	text_init(&p, path, 64);
	text_put(&p, node);
	text_put(&p, name);
	long error = reader_read(reader, path, text, 255, used);

	text[error < 0 ? 0 : *used] = '\0';
	return error;
}

/* 0 where the tree has no PSCI that can reset. */
static enum status conduit_by_tree(struct reader *reader, uint64_t *conduit, struct failure *f)
{
	*conduit = 0;
	for (size_t i = 0; i < sizeof(psci_nodes) / sizeof(psci_nodes[0]); i++) {
		char path[64], text[256];
		size_t used;
		long error = property(reader, psci_nodes[i], "/compatible", path, text, &used);

		if (error == -SYS_ENOENT || error == -SYS_ENOTDIR)
			continue;
		if (error < 0)
			return machine_unreadable(f, path, error);
		/* The first version has no reset. */
		if (!lists(text, used, "arm,psci-0.2") && !lists(text, used, "arm,psci-1.0"))
			continue;
		error = property(reader, psci_nodes[i], "/method", path, text, &used);
		if (error < 0)
			return machine_unreadable(f, path, error);
		*conduit = str_equal(text, "hvc") ? CPU_FEATURE_ARM64_PSCI_HVC :
			   str_equal(text, "smc") ? CPU_FEATURE_ARM64_PSCI_SMC :
						    0;
		return STATUS_OK;
	}
	return STATUS_OK;
}

/* ACPI 6.5, 5.2.9: ARM boot architecture flags of the FADT. */
#define FADT_PATH "/sys/firmware/acpi/tables/FACP"
#define FADT_BYTES_MAX 4096u
#define FADT_AT_ARM_BOOT 129u
#define FADT_PSCI 1u
#define FADT_PSCI_BY_HVC 2u

static enum status conduit_by_fadt(struct reader *reader, uint64_t *conduit, struct failure *f)
{
	static uint8_t fadt[FADT_BYTES_MAX];
	size_t used;
	long error = reader_read(reader, FADT_PATH, fadt, sizeof(fadt), &used);

	*conduit = 0;
	if (error == -SYS_ENOENT || error == -SYS_ENOTDIR)
		return STATUS_OK;
	if (error < 0)
		return machine_unreadable(f, FADT_PATH, error);
	if (used < FADT_AT_ARM_BOOT + 2)
		return STATUS_OK;
	const unsigned int flags = load16_le(fadt + FADT_AT_ARM_BOOT);

	if ((flags & FADT_PSCI) != 0)
		*conduit = (flags & FADT_PSCI_BY_HVC) != 0 ? CPU_FEATURE_ARM64_PSCI_HVC :
							      CPU_FEATURE_ARM64_PSCI_SMC;
	return STATUS_OK;
}

static enum status cpu_features(struct reader *reader, uint64_t *features, struct failure *f)
{
	static char text[CPUINFO_MAX];
	const char *words;
	uint64_t conduit;
	enum status status = conduit_by_tree(reader, &conduit, f);

	if (status == STATUS_OK && conduit == 0)
		status = conduit_by_fadt(reader, &conduit, f);
	if (status == STATUS_OK && conduit == 0) {
		fail(f, STATUS_BAD_LIVE_VALUE,
		     "neither device tree nor ACPI names PSCI, by which purgatory would reset the machine",
		     "arm64 machines whose firmware has no PSCI 0.2 are not supported");
		failure_detail(f, DETAIL_PSCI_MISSING);
		return STATUS_BAD_LIVE_VALUE;
	}
	if (status == STATUS_OK)
		status = cpuinfo_words(reader, "Features", text, &words, f);
	if (status == STATUS_OK)
		*features = conduit | (cpuinfo_has(words, "sha2") ? CPU_FEATURE_ARM64_SHA2 : 0) |
			    (cpuinfo_has(words, "asimd") ? CPU_FEATURE_ARM64_ASIMD : 0);
	return status;
}

static bool keep_off(void *context, struct range r, int node)
{
	(void)node;
	return machine_take(context, r);
}

static enum status memory(struct machine *m, struct reader *reader, struct failure *f)
{
	(void)reader;
	return machine_each_reserved(m, keep_off, f);
}

/* All that this architecture wants of the tree stands in the seal. */
static enum status device_tree(const struct machine *m, void *fdt, struct failure *f)
{
	(void)m;
	(void)fdt;
	(void)f;
	return STATUS_OK;
}

const struct arch arch_arm64 = {
	.name = "arm64",
	.machine = ELF_MACHINE_AARCH64,
	.byte_order = ELF_LITTLE,
	.memory = memory,
	.control_pages = control_pages,
	.virtual_map = virtual_map,
	.cpu_features = cpu_features,
	.device_tree = device_tree,
};
