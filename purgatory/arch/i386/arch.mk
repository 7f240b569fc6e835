# Debian's oldest CPU. Nothing there has more registers to spare.
PURGATORY_FLAGS_i386 := -march=i686
# CR4.OSFXSR is off on entry: a vector register that the compiler finds handy would be #UD.
PURGATORY_REGISTERS_i386 := -mgeneral-regs-only
PURGATORY_SOURCES_i386 := purgatory/uart16550.c
PURGATORY_CHECK_BASE_i386 := 0x76543000
# What is known only when all is linked, and where .Lsummed of entry.S is.
PURGATORY_FINISH_i386 := purgatory/sum.sh
PURGATORY_SUM_AT_i386 := 0x34
