include loader/arch/x86/x86.mk
# Debian's oldest CPU, which has no vector registers to count on. Arguments in registers make calls shorter.
LOADER_SMALL_i386 := -march=i686 -mregparm=3
# Core files of 32 bits are read, and written where the seal says so.
LOADER_ELF32_i386 := yes
