/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions, the copy of low memory, and the last steps.
 *
 * Vectors are at fixed places in low memory, which belongs to the dump. So it is copied to where the dump has it from
 * as soon as the head can be believed, and only then the vectors are taken. An exception before that goes to
 * the dead kernel's handlers: for the few instructions that check the head nothing better is to be had.
 */
#include "firmware.h"
#include "machine.h"
#include "memory.h"
#include "purgatory.h"

#define VECTORS_AT 0x100u
#define VECTOR_BYTES 0x20u
#define MACHINE_CHECK 0x200u
#define HYPERVISOR_VECTORS 0xe00u /* to 0xea0: HSRR0 instead of SRR0 (Power ISA 3.0B, book III, 7.4) */
#define HYPERVISOR_VECTORS_END 0xea0u
#define DECREMENTER_MOST INT32_MAX
#define MSR_VEC (UINT64_C(1) << 25)
#define MSR_VSX (UINT64_C(1) << 23)
#define MSR_FP (UINT64_C(1) << 13) /* half of the vector registers are the floating-point ones */

extern const uint8_t purgatory_image[] __attribute__((visibility("hidden")));
extern const uint8_t vectors[] __attribute__((visibility("hidden")));
extern const uint8_t vectors_end[] __attribute__((visibility("hidden")));
extern const uint8_t vectors_enter[] __attribute__((visibility("hidden")));
void exception_enter(void) __attribute__((visibility("hidden")));
_Noreturn void enter_kernel(uint64_t entry, uint64_t tree, uint64_t opal_base, uint64_t opal_entry);

static bool caught;
static uint64_t msr_before;

static void write_instructions(uint64_t at, const uint8_t *from, size_t size)
{
	mem_copy((void *)(uintptr_t)at, from, size);
	/* A cache line is 128 bytes; 32 are fine everywhere. */
	for (uint64_t line = at; line < at + size; line += 32)
		__asm__ volatile("dcbst 0, %0" : : "r"(line) : "memory");
	__asm__ volatile("sync" : : : "memory");
	for (uint64_t line = at; line < at + size; line += 32)
		__asm__ volatile("icbi 0, %0" : : "r"(line) : "memory");
	__asm__ volatile("sync\n\tisync" : : : "memory");
}

static void take_vectors(void)
{
	const uint64_t enter = (uint64_t)(uintptr_t)exception_enter;

	/* SPRG0 tells this CPU from the others, which come through the same vectors; Linux leaves it to KVM's guests. */
	__asm__ volatile("mtspr 272, %0" : : "r"(enter));
	mem_copy((void *)(uintptr_t)(VECTORS_AT + (uint64_t)(vectors_enter - vectors)), &enter,
		 sizeof(enter));
	write_instructions(VECTORS_AT, vectors, (size_t)(vectors_enter - vectors));
	caught = true;
}

void machine_catch_exceptions(void)
{
}

void machine_before_regions(const struct purgatory_head *head)
{
	if (head->backup_size == 0)
		return;
	/* The first 0x100 bytes are the capture kernel's by now: the dead one has put them there. */
	mem_copy((void *)(uintptr_t)head->backup_start, (const void *)0, head->backup_size);
	take_vectors();
}

_Noreturn void exception_common(uint64_t vector, uint64_t at, uint64_t address);

_Noreturn void exception_common(uint64_t vector, uint64_t at, uint64_t address)
{
	vector &= ~(uint64_t)(VECTOR_BYTES - 1);
	if (vector >= HYPERVISOR_VECTORS && vector < HYPERVISOR_VECTORS_END)
		__asm__ volatile("mfspr %0, 314" : "=r"(at));
	if (vector == MACHINE_CHECK)
		purgatory_machine_check(purgatory_image, at);
	purgatory_exception(purgatory_image, (uint32_t)vector, at, address);
}

static void set_msr(uint64_t value)
{
	__asm__ volatile("mtmsrd %0\n\tisync" : : "r"(value) : "memory");
}

uint64_t machine_features_begin(uint64_t features)
{
	features &= CPU_FEATURE_PPC64LE_ISA207;
	__asm__ volatile("mfmsr %0" : "=r"(msr_before));
	if (features != 0)
		set_msr(msr_before | MSR_FP | MSR_VEC | MSR_VSX);
	return features;
}

void machine_features_end(void)
{
	set_msr(msr_before);
}

bool machine_step(const struct purgatory_head *head, const struct purgatory_step *step,
		  const struct finding *finding, bool last)
{
	(void)head;
	(void)step;
	(void)finding;
	(void)last;
	return false;
}

void machine_reset(void)
{
	if (firmware_known().kind != FIRMWARE_KIND_NONE)
		firmware_reset();
}

void machine_last_resort(void)
{
	machine_reset();
}

_Noreturn void machine_give_up(void)
{
	machine_halt(NULL);
}

_Noreturn void machine_halt(const struct finding *finding)
{
	(void)finding;
	/* No dump comes after this. */
	if (!caught)
		take_vectors();
	for (;;) {
		__asm__ volatile("mtspr 22, %0" : : "r"(DECREMENTER_MOST));
		if (!firmware_is_ours())
			/* Gives the processor back; an interrupt comes to exception_common(), and from there here. */
			hypervisor_cede();
		else
			__asm__ volatile("or 31, 31, 31");
	}
}

_Noreturn void machine_enter_kernel(uint64_t entry, uint64_t argument)
{
	struct purgatory_firmware firmware = firmware_known();
	bool opal = firmware.kind == FIRMWARE_KIND_OPAL;

	enter_kernel(entry, argument, opal ? firmware.base : 0, opal ? firmware.entry : 0);
}
