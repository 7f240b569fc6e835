# What every Linux distribution asks of a hart, without floating point; nothing is addressed by gp, which nobody sets.
LOADER_SMALL_riscv64 := -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0
LOADER_TREE_riscv64 := yes
