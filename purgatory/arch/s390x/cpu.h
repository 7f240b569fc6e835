/* SPDX-License-Identifier: Apache-2.0 */
/* What only this CPU can do (z/Architecture Principles of Operation). A hosted build brings its own. */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes the lowcore, real addresses 0 to 0x1fff, from the dead kernel: program checks and machine
 * checks lead to purgatory, and service signals to cpu_service_signal(). All other interrupts are
 * off from here on, low-address protection too. A second call changes nothing.
 */
void cpu_take_lowcore(void);
/* Puts back what cpu_take_lowcore() changed, and what interruptions stored since. */
void cpu_return_lowcore(void);

uint16_t cpu_own_address(void);
/* Where the CPU sees the absolute lowcore. */
uint64_t cpu_prefix(void);

enum sigp_order {
	SIGP_SENSE = 1,
	SIGP_STOP = 5,
};

/* Condition codes of a signal. */
#define SIGP_ACCEPTED 0u
#define SIGP_STATUS_STORED 1u
#define SIGP_BUSY 2u
#define SIGP_NOT_OPERATIONAL 3u

unsigned int cpu_signal(uint16_t address, enum sigp_order order, uint32_t *status);

/* The TOD clock; false where it does not run. */
#define CLOCK_SECOND (UINT64_C(1000000) << 12) /* bit 51 is a microsecond */
bool cpu_clock(uint64_t *now);
/*
 * Waits until the clock, which must run, shows `until`; or, if that is asked for, until a service signal
 * came, and then returns true. It sleeps: a hypervisor gives the CPU to others. Before: cpu_take_lowcore().
 */
bool cpu_sleep(uint64_t until, bool service_signal);

/* What these five answer for a program check, which is a result like any other. Before: cpu_take_lowcore(). */
#define CPU_TRAPPED UINT64_MAX
/* DIAG 308; returns its return code. */
uint64_t cpu_diag308(uint64_t subcode, uint64_t block);
/* DIAG 8, which gives CP the commands in EBCDIC, and wants no response; returns CP's return code. */
uint64_t cpu_diag8(const uint8_t *commands, uint32_t size);
/* CKSM over memory, 32 bits. */
uint64_t cpu_checksum(uint64_t start, uint64_t size);
/* CHSC, with an aligned page for request and answer; returns the condition code. */
uint64_t cpu_channel_call(uint8_t page[4096]);
/* STSCH, which changes nothing; returns the condition code, and with 0 the block, on a word boundary. */
#define SCHIB_BYTES 52u
uint64_t cpu_store_subchannel(uint32_t subchannel, uint8_t schib[SCHIB_BYTES]);

/* Service call to SCLP; returns the condition code. Before: cpu_take_lowcore(). */
#define SERVICE_CALL_ACCEPTED 0u
#define SERVICE_CALL_BUSY 2u
unsigned int cpu_service_call(uint32_t command, uint64_t sccb);
/* True if a service signal was pending; it is not any more. */
bool cpu_service_signal(void);

_Noreturn void cpu_enter(uint64_t address);
/* A disabled wait. `code` becomes the PSW's address, which the operator and hypervisors see. */
_Noreturn void cpu_wait(uint64_t code);

#endif
