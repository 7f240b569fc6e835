/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that crashed.S, crashed.c, capture.S and the test agree on. */
#ifndef CRASHED_H
#define CRASHED_H

#define CRASH_BASE 0x1000000
#define CRASH_SIZE 0x400000
#define PURGATORY (CRASH_BASE + 0x2000)
#define PURGATORY_ENTRY (PURGATORY + 0x1000)
#define OWN_SEGMENT_END (CRASH_BASE + 0x10000)
/* What to do: big-endian doublewords, see struct orders. */
#define ORDERS (CRASH_BASE + CRASH_SIZE - 0x1000)
/* What was seen: big-endian doublewords, see struct report. */
#define REPORT 0xf0000
#define PREFIX 0xf2000
#define CAPTURED 0xf1000
#define OS_INFO 0xf4000
#define REIPL_BLOCK 0xf5000
#define STATUS_AREA 0x1200
#define STATUS_AREA_BYTES 0x200

/* Wait codes of the stand-ins. */
#define WAIT_CAPTURED 0xcafe0
#define WAIT_ANSWERED 0xa0000
#define WAIT_KERNEL_PROGRAM_CHECK 0xbad01
#define WAIT_CAME_BACK 0xbad02
#define WAIT_REBOOTED 0xf1f10

#endif
