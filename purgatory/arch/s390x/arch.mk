# The oldest that kernels of today run on (Debian's and SUSE's want z196).
PURGATORY_FLAGS_s390x := -march=z196
# The dead kernel goes on after the check call: its floating-point registers are not touched.
PURGATORY_REGISTERS_s390x := -msoft-float
# Its instructions are longer than those of x86.
PURGATORY_SIZE_s390x := -Oz
# What is known only when all is linked.
PURGATORY_FINISH_s390x := purgatory/arch/s390x/sum.sh
