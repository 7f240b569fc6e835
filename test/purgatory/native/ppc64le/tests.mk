VECTORS_FLAGS_ppc64le := -mcpu=power8 -fno-delete-null-pointer-checks
