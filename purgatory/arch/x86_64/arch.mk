# Exceptions are taken on the same stack: nothing may lie below the stack pointer.
PURGATORY_FLAGS_x86_64 := -march=x86-64 -mno-red-zone
# CR4.OSFXSR is off on entry: a vector register that the compiler finds handy would be #UD.
PURGATORY_REGISTERS_x86_64 := -mgeneral-regs-only
PURGATORY_SOURCES_x86_64 := purgatory/uart16550.c
# What is known only when all is linked, and where .Lsummed of entry.S is.
PURGATORY_FINISH_x86_64 := purgatory/sum.sh
PURGATORY_SUM_AT_x86_64 := 0x30
