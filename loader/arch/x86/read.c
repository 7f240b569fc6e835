/* SPDX-License-Identifier: Apache-2.0 */
#include "x86.h"

#include "base/scan.h"
#include "base/sys.h"
#include "machine/cpuinfo.h"
#include "machine/release.h"
#include "machine/unreadable.h"
#include "segments/live_text.h"

/* boot_params.acpi_rsdp_addr (x86 boot protocol 2.14). */
#define BOOT_PARAMS_BYTES 4096u
#define BOOT_PARAMS_AT_RSDP 0x70u

/* "ACPI20=0x7ff7e014" on a line of its own. */
static bool systab_entry(const char *text, const char *key, uint64_t *address)
{
	for (const char *at = text; *at != '\0';) {
		const char *p = at;
		if (scan_word(&p, key) && scan_word(&p, "=") && scan_hex_prefixed(&p, address) &&
		    (*p == '\n' || *p == '\0') && *address != 0)
			return true;
		while (*at != '\0' && *at != '\n')
			at++;
		if (*at == '\n')
			at++;
	}
	return false;
}

/*
 * What the boot loader told comes first, then EFI's tables. A BIOS machine tells neither: 0, and the
 * capture kernel searches the first megabyte as the running one did.
 */
enum status x86_acpi_rsdp(struct reader *reader, uint64_t *address, struct failure *f)
{
	static const char data_path[] = "/sys/kernel/boot_params/data";
	static const char systab_path[] = "/sys/firmware/efi/systab";
	static uint8_t params[BOOT_PARAMS_BYTES + 1];
	char systab[1024];
	size_t used;

	*address = 0;
	long error = reader_read(reader, data_path, params, sizeof(params), &used);
	if (error < 0)
		return machine_unreadable(f, data_path, error);
	if (used != BOOT_PARAMS_BYTES)
		return machine_unreadable(f, data_path, -SYS_EINVAL);
	uint64_t from_params = load64_le(params + BOOT_PARAMS_AT_RSDP);
	error = reader_text(reader, systab_path, systab, sizeof(systab), &used);
	if (from_params != 0) {
		*address = from_params;
		return STATUS_OK;
	}
	if (error == -SYS_ENOENT || error == -SYS_ENOTDIR)
		return STATUS_OK;
	if (error < 0)
		return machine_unreadable(f, systab_path, error);
	if (!systab_entry(systab, "ACPI20", address) && !systab_entry(systab, "ACPI", address))
		*address = 0;
	return STATUS_OK;
}

enum status x86_cpu_features(struct reader *reader, uint64_t *features, struct failure *f)
{
	static char text[CPUINFO_MAX];
	const char *flags;

	*features = 0;
	enum status status = cpuinfo_words(reader, "flags", text, &flags, f);
	if (status != STATUS_OK)
		return status;
	if (cpuinfo_has(flags, "sse2"))
		*features |= CPU_FEATURE_X86_SSE2;
	/* Linux tells it only where it lets programs use the registers. */
	if (cpuinfo_has(flags, "avx2"))
		*features |= CPU_FEATURE_X86_AVX2;
	if (cpuinfo_has(flags, "sha_ni") && cpuinfo_has(flags, "ssse3") && cpuinfo_has(flags, "sse4_1"))
		*features |= CPU_FEATURE_X86_SHA;
	return STATUS_OK;
}

/*
 * What the header would be made of, or leave out, without a word: before 4.11 /proc/kcore has no physical
 * addresses, and before 5.5 the kernel has data of its own in the first megabyte, which is not dumped here.
 */
enum status x86_old_kernel(struct reader *reader, struct failure *f)
{
	char release[RELEASE_BYTES];

	release_read(reader, release, sizeof(release));
	if (!release_before(release, 5, 5))
		return STATUS_OK;
	const bool blind = release_before(release, 4, 11);
	struct text *t = failure_begin(f, STATUS_WRONG_KERNEL);

	text_put(t, "the running kernel is Linux ");
	text_outside(t, release, str_length(release));
	text_put(t, blind ? ", whose /proc/kcore does not say where memory is (since 4.11)" :
			    ", which has data in the first megabyte, and no dump would hold it (until 5.5)");
	failure_detail(f, blind ? DETAIL_KERNEL_WITHOUT_PHYSICAL : DETAIL_KERNEL_USES_FIRST_MEGABYTE);
	failure_path(f, RELEASE_PATH);
	return failure_end(f, "run Linux 5.5 or later, or build the bundle with `backend: file`");
}

/* Both forms hold the same ranges. */
enum status x86_fill_memory_map(const struct machine *m, const struct seal_live *v, struct range cut,
			      uint8_t *buf, struct failure *f)
{
	static struct e820 map;
	struct text t;
	enum status status = x86_memory_map(&m->iomem, cut, &map, f);

	if (status != STATUS_OK)
		return status;
	if (v->source == LIVE_SOURCE_E820)
		return x86_write_e820(&map, buf + v->offset, v->size, buf + v->arg0, f);
	status = live_text_open(&t, buf + v->offset, v->size, f);
	if (status != STATUS_OK)
		return status;
	x86_append_memmap(&map, &t);
	return live_text_close(&t, f);
}
