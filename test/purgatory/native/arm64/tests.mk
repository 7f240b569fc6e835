# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_ARM64 := $(addprefix $(OUT)/native/arm64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS_ARM64): $(OUT)/native/arm64/test/%.bin: $(PURGATORY_TESTS)/arm64/%.S
	@mkdir -p $(@D)
	$(CC) --target=aarch64-linux-gnu -march=armv8.1-a -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS_ARM64)
