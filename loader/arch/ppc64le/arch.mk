LOADER_SMALL_ppc64le := -mcpu=power8 -mno-altivec -mno-vsx
LOADER_TREE_ppc64le := yes
LOADER_FIRMWARE_ppc64le := yes
# LLVM saves each register by an instruction of its own, and says where the TOC is in each function.
LOADER_SHORTEN_ppc64le := loader/arch/ppc64le/shorten.awk
# What the program above knows is how a function begins and ends while nothing is moved into that. The others make loops
# faster and longer.
LOADER_LDFLAGS_ppc64le := $(addprefix -mllvm ,-enable-post-misched=false -disable-ppc-instr-form-prep \
	-disable-ppc-ctrloops -disable-lsr)
