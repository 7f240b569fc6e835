# What compilers call the architecture; Debian's name of it follows from that.
TARGET_ppc64le := powerpc64le-linux-gnu
