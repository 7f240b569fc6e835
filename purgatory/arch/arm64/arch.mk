# With the MMU off, all memory is device memory: an access that is not aligned is a fault there, though not in QEMU.
PURGATORY_FLAGS_arm64 := -march=armv8-a -mstrict-align
# Vector registers are the old kernel's until features.c has switched them on.
PURGATORY_REGISTERS_arm64 := -mgeneral-regs-only
PURGATORY_SOURCES_arm64 := purgatory/uart16550.c purgatory/uart16550_memory.c
# What is known only when all is linked, and where .Lsummed of entry.S is.
PURGATORY_FINISH_arm64 := purgatory/sum.sh
PURGATORY_SUM_AT_arm64 := 0x60
