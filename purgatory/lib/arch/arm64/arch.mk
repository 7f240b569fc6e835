# What compilers call the architecture; Debian's name of it follows from that.
TARGET_arm64 := aarch64-linux-gnu
# Instructions of one file, used only where the CPU has them.
INSTRUCTIONS_sha256_ce := -march=armv8-a+crypto
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_ce := -O2
