# The build for it also shows what would be loaded elsewhere (`crashseal plan`): it knows every target.
LOADER_TARGETS_x86_64 ?= $(LOADER_TARGETS_host)
# Bulk digests are what a load waits for: speed before size.
LOADER_SPEED_sha256_ni := -O2
