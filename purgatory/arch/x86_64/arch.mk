# Exceptions are taken on the same stack: nothing may lie below the stack pointer.
PURGATORY_FLAGS_x86_64 := -march=x86-64 -mno-red-zone
# CR4.OSFXSR is off on entry: a vector register that the compiler finds handy would be #UD.
PURGATORY_REGISTERS_x86_64 := -mgeneral-regs-only
# What is known only when all is linked.
PURGATORY_FINISH_x86_64 := purgatory/arch/x86_64/sum.sh
