# Instructions of one file, used only where CPUID has them.
INSTRUCTIONS_sha256_ni := -mssse3 -msse4.1 -msha
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_ni := -O2
