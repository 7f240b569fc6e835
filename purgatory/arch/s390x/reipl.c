/* SPDX-License-Identifier: Apache-2.0 */
#include "reipl.h"

#include "byteorder.h"
#include "cpu.h"

/*
 * In the absolute lowcore, what stand-alone dump tools read, and where Linux describes itself: ipib,
 * ipib_checksum and os_info of struct lowcore (Linux, arch/s390/include/asm/lowcore.h).
 */
#define REIPL_BLOCK 0xe00u
#define REIPL_CHECKSUM 0xe08u
#define OS_INFO 0xe18u

/* struct os_info (Linux, arch/s390/include/asm/os_info.h), a page. */
enum {
	OS_INFO_BYTES = 4096,
	OS_INFO_MAGIC = 0,
	OS_INFO_CHECKSUM = 8,
	OS_INFO_SUMMED = 12, /* from here to the end */
	OS_INFO_REIPL = 32 + 20, /* entry 1, OS_INFO_REIPL_BLOCK: after 32 bytes of header, 20 bytes each */
	ENTRY_ADDRESS = OS_INFO_REIPL,
	ENTRY_SIZE = OS_INFO_REIPL + 8,
	ENTRY_CHECKSUM = OS_INFO_REIPL + 16,
};
#define OS_INFO_MAGIC_VALUE UINT64_C(0x4f53494e464f535a) /* "OSINFOSZ" */

/* Memory that is not there is as good as memory that differs. */
static bool sums_to(uint64_t start, uint64_t size, uint32_t sum)
{
	return cpu_checksum(start, size) == sum;
}

void reipl_name_block(void)
{
	/* Where the prefix is, the CPU sees the absolute lowcore. */
	uint64_t lowcore = cpu_prefix();
	uint64_t at = load64_be((const uint8_t *)(uintptr_t)lowcore + OS_INFO);
	const uint8_t *info = (const uint8_t *)(uintptr_t)at;
	uint64_t block;
	uint64_t size;
	uint32_t sum;

	/* A page that is there, before anything in it is looked at: the dead kernel may have lost the address. */
	if (at == 0 || at % OS_INFO_BYTES != 0 || cpu_checksum(at, OS_INFO_BYTES) == CPU_TRAPPED ||
	    load64_be(info + OS_INFO_MAGIC) != OS_INFO_MAGIC_VALUE ||
	    !sums_to(at + OS_INFO_SUMMED, OS_INFO_BYTES - OS_INFO_SUMMED,
		     load32_be(info + OS_INFO_CHECKSUM)))
		return;
	block = load64_be(info + ENTRY_ADDRESS);
	size = load64_be(info + ENTRY_SIZE);
	sum = load32_be(info + ENTRY_CHECKSUM);
	if (block == 0 || size == 0 || size > OS_INFO_BYTES || !sums_to(block, size, sum))
		return;
	store64_be((uint8_t *)(uintptr_t)lowcore + REIPL_BLOCK, block);
	store32_be((uint8_t *)(uintptr_t)lowcore + REIPL_CHECKSUM, sum);
}
