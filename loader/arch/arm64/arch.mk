# libfdt and what makes the capture kernel's device tree.
LOADER_TREE_arm64 := yes
# Bulk digests are what a load waits for: speed before size.
LOADER_SPEED_sha256_ce := -O2
