# What compilers call the architecture; Debian's name of it follows from that.
TARGET_s390x := s390x-linux-gnu
