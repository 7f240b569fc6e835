# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_ARM64 := $(addprefix $(OUT)/native/arm64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS_ARM64): $(OUT)/native/arm64/test/%.bin: $(PURGATORY_TESTS)/arm64/%.S
	@mkdir -p $(@D)
	$(CC) --target=aarch64-linux-gnu -march=armv8.1-a -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS_ARM64)

# The instructions that the build machine does not have: the vectors, run by qemu-aarch64-static.
PURGATORY_ARM64 := $(OUT)/native/arm64/test/sha256-vectors
$(PURGATORY_ARM64): $(PURGATORY_TESTS)/sha256_vectors.c $(PURGATORY_TESTS)/io_linux.c loader/arch/arm64/syscall.h \
		$(wildcard purgatory/lib/*.c purgatory/lib/arch/arm64/*.c) $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) --target=aarch64-linux-gnu $(INSTRUCTIONS_sha256_ce) -std=gnu11 $(PURGATORY_WARNINGS) -O2 -ffreestanding \
		-fno-stack-protector -fno-pie -nostdlib -static -fuse-ld=lld-19 -Ipurgatory -Ipurgatory/lib -Iloader -Iloader/arch/arm64 -I$(PURGATORY_TESTS) \
		-o $@ $(filter %.c,$^)
PURGATORY_IMAGES += $(PURGATORY_ARM64)
