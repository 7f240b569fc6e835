# Tables of 8-byte addresses are longer there than the compares that they save.
LOADER_SMALL_s390x := -fno-jump-tables
