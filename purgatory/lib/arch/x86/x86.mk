# Instructions of one file each, used only where CPUID has them.
INSTRUCTIONS_sha256_ni := -mssse3 -msse4.1 -msha
INSTRUCTIONS_sha256_sse2 := -msse2
INSTRUCTIONS_sha256_avx2 := -mavx2
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_ni := -O2
SPEED_sha256_sse2 := -O2
SPEED_sha256_avx2 := -O2
