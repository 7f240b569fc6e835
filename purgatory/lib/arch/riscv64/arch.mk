# What compilers call the architecture; Debian's name of it follows from that.
TARGET_riscv64 := riscv64-linux-gnu
# Instructions of one file each, used only where the device tree or /proc/cpuinfo has them.
INSTRUCTIONS_sha256_zknh := -march=rv64imac_zicsr_zknh
INSTRUCTIONS_sha256_zbb := -march=rv64imac_zicsr_zbb
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_zknh := -O2
SPEED_sha256_zbb := -O2
