# What compilers call the architecture; Debian's name of it follows from that.
TARGET_i386 := i686-linux-gnu
# Folders beside its own, here, in purgatory/arch and in loader/arch.
SHARED_i386 := x86
# What compilers call, whatever else of the library a program has.
ARITHMETIC_i386 := purgatory/lib/arch/i386/wide.c
include purgatory/lib/arch/x86/x86.mk
