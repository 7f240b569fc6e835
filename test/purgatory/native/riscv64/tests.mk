# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_RISCV64 := $(addprefix $(OUT)/native/riscv64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS_RISCV64): $(OUT)/native/riscv64/test/%.bin: $(PURGATORY_TESTS)/riscv64/%.S
	@mkdir -p $(@D)
	$(CC) --target=riscv64-linux-gnu -march=rv64ima_zicsr -mabi=lp64 -mno-relax -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS_RISCV64)

# What every Linux distribution asks of a hart, without floating point; nothing is addressed by gp, which nobody sets.
VECTORS_FLAGS_riscv64 := -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0
