/* SPDX-License-Identifier: Apache-2.0 */
/* The dead kernel leaves an IDT of size zero: without an own one, each exception is a silent reset. */
#include "machine.h"
#include "purgatory.h"

#define VECTORS 256u
#define EXCEPTIONS 32u	/* vectors the architecture has to itself */
#define NMI 2u
#define STUB_BYTES 5u	/* a near call each, see entry.S */
#define CODE_SELECTOR 0x10u
#define INTERRUPT_GATE 0x8eu /* present, privilege 0, interrupt gate of the mode's width (Intel SDM 3A, 6.11 and 6.14.1) */
/* #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX push an error code. */
#define HAVE_ERROR_CODE                                                                            \
	(1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17 | 1u << 21 |    \
	 1u << 29 | 1u << 30)

struct gate {
	uint16_t offset_0;
	uint16_t selector;
	uint8_t stack_table;
	uint8_t type;
	uint16_t offset_16;
#ifdef __x86_64__
	uint32_t offset_32;
	uint32_t reserved;
#endif
};

struct __attribute__((packed)) table_register {
	uint16_t last;
	uintptr_t base;
};

/* entry.S: one stub for each exception and one more for all other vectors. */
extern const uint8_t exception_stubs[];
extern const uint8_t nmi_return[];
extern const uint8_t purgatory_image[];

static _Alignas(16) struct gate gates[VECTORS];
/* Not a local: the compiler would copy it from a constant, whose address part nobody relocates. */
static struct table_register idtr;

void machine_catch_exceptions(void)
{
	for (unsigned int vector = 0; vector < VECTORS; vector++) {
		unsigned int stub = vector < EXCEPTIONS ? vector : EXCEPTIONS;
		uintptr_t target = vector == NMI ? (uintptr_t)nmi_return
						 : (uintptr_t)exception_stubs + stub * STUB_BYTES;

		gates[vector] = (struct gate){
			.offset_0 = (uint16_t)target,
			.selector = CODE_SELECTOR,
			.type = INTERRUPT_GATE,
			.offset_16 = (uint16_t)(target >> 16),
#ifdef __x86_64__
			.offset_32 = (uint32_t)(target >> 32),
#endif
		};
	}
	idtr.last = sizeof(gates) - 1;
	idtr.base = (uintptr_t)gates;
	__asm__ volatile("lidt %0" : : "m"(idtr), "m"(gates));
}

/* `stub_end` is the return address of the stub's call; `frame` is what the CPU pushed. */
_Noreturn void exception_common(const uint8_t *stub_end, const uintptr_t *frame, uintptr_t cr2);

_Noreturn void exception_common(const uint8_t *stub_end, const uintptr_t *frame, uintptr_t cr2)
{
	uint32_t vector = (uint32_t)(stub_end - exception_stubs) / STUB_BYTES - 1;
	bool error_code = vector < EXCEPTIONS && (HAVE_ERROR_CODE >> vector & 1) != 0;

	/* Only #PF writes CR2; for the others it is stale. */
	purgatory_exception(purgatory_image, vector, frame[error_code ? 1 : 0],
			    vector == 14 ? cr2 : 0);
}
