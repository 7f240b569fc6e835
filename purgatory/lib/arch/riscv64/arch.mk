# What compilers call the architecture; Debian's name of it follows from that.
TARGET_riscv64 := riscv64-linux-gnu
# Instructions of one file, used only where the device tree or /proc/cpuinfo has them.
INSTRUCTIONS_sha256_zknh := -march=rv64imac_zicsr_zknh
