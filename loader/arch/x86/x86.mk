# Bulk digests are what a load waits for: speed before size.
LOADER_SPEED_sha256_ni := -O2
