# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_I386 := $(addprefix $(OUT)/native/i386/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS_I386): $(OUT)/native/i386/test/%.bin: $(PURGATORY_TESTS)/i386/%.S
	@mkdir -p $(@D)
	$(CC) --target=i386-linux-gnu -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS_I386)

# As start.S has it.
VECTORS_FLAGS_i386 := -march=i686 -mregparm=3
