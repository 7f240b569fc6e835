# What compilers call the architecture; Debian's name of it follows from that.
TARGET_ppc64le := powerpc64le-linux-gnu
# Instructions of one file, used only where the registers they work on are switched on.
INSTRUCTIONS_sha256_isa207 := -maltivec -mvsx -mpower8-vector -mcrypto
# Bulk digests are what a load waits for: speed before size.
SPEED_sha256_isa207 := -O2
