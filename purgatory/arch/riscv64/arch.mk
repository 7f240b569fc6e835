# What every hart has that runs Linux, and neither floating-point nor vector registers, which may be off.
# The image stays as it was compiled, and nothing is addressed by gp.
PURGATORY_FLAGS_riscv64 := -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0 -mno-implicit-float
PURGATORY_REGISTERS_riscv64 := -march=rv64imac_zicsr
PURGATORY_SOURCES_riscv64 := purgatory/uart16550.c purgatory/uart16550_memory.c
# What is known only when all is linked, and where .Lsummed of entry.S is.
PURGATORY_FINISH_riscv64 := purgatory/sum.sh
PURGATORY_SUM_AT_riscv64 := 0x88
