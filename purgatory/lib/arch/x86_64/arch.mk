# What compilers call the architecture; Debian's name of it follows from that.
TARGET_x86_64 := x86_64-linux-gnu
# Folders beside its own, here, in purgatory/arch and in loader/arch.
SHARED_x86_64 := x86
include purgatory/lib/arch/x86/x86.mk
