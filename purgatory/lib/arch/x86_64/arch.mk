# What compilers call the architecture; Debian's name of it follows from that.
TARGET_x86_64 := x86_64-linux-gnu
# Instructions of one file, used only where CPUID has them.
INSTRUCTIONS_sha256_ni := -mssse3 -msse4.1 -msha
HOST_INSTRUCTIONS_x86_64 := $(INSTRUCTIONS_sha256_ni)
