# The oldest CPU that Linux knows little-endian; address 0 is memory here.
PURGATORY_FLAGS_ppc64le := -mcpu=power8 -fno-delete-null-pointer-checks
# The dead kernel has switched the other registers off.
PURGATORY_REGISTERS_ppc64le := -msoft-float -mno-altivec -mno-vsx
# What is known only when all is linked, and where .Lsummed of entry.S is.
PURGATORY_FINISH_ppc64le := purgatory/sum.sh
PURGATORY_SUM_AT_ppc64le := 0x108
