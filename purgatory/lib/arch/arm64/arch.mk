# What compilers call the architecture; Debian's name of it follows from that.
TARGET_arm64 := aarch64-linux-gnu
# Instructions of one file each, used only where the CPU has them, and on normal memory: of any alignment.
INSTRUCTIONS_sha256_ce := -march=armv8-a+crypto -mno-strict-align
INSTRUCTIONS_sha256_neon := -march=armv8-a+simd -mno-strict-align
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_ce := -O2
SPEED_sha256_neon := -O2
