LOADER_SMALL_ppc64le := -mcpu=power8 -mno-altivec -mno-vsx
LOADER_TREE_ppc64le := yes
LOADER_FIRMWARE_ppc64le := yes
