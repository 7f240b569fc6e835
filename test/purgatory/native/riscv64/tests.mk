# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_RISCV64 := $(addprefix $(OUT)/native/riscv64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS_RISCV64): $(OUT)/native/riscv64/test/%.bin: $(PURGATORY_TESTS)/riscv64/%.S
	@mkdir -p $(@D)
	$(CC) --target=riscv64-linux-gnu -march=rv64ima_zicsr -mabi=lp64 -mno-relax -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS_RISCV64)

# The instructions that the build machine does not have: the vectors, run by qemu-riscv64-static.
PURGATORY_RISCV64 := $(OUT)/native/riscv64/test/sha256-vectors
PURGATORY_RISCV64_SOURCES := $(PURGATORY_TESTS)/sha256_vectors.c $(PURGATORY_TESTS)/io_linux.c \
	$(wildcard purgatory/lib/*.c purgatory/lib/arch/riscv64/*.c)
PURGATORY_RISCV64_OBJECTS := $(patsubst %,$(OUT)/native/riscv64/test/%.o,$(PURGATORY_RISCV64_SOURCES))
# Each file with its own instructions, so that a hart without them sees none where they are not asked for.
$(PURGATORY_RISCV64_OBJECTS): $(OUT)/native/riscv64/test/%.o: % loader/arch/riscv64/syscall.h $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) --target=riscv64-linux-gnu $(or $(INSTRUCTIONS_$(basename $(notdir $<))),-march=rv64imac_zicsr) -mabi=lp64 -mcmodel=medany \
		-mno-relax -msmall-data-limit=0 -std=gnu11 $(PURGATORY_WARNINGS) -DFEATURES_ARE_GIVEN -O2 -ffreestanding -fno-stack-protector \
		-fno-pie -Ipurgatory -Ipurgatory/lib -Iloader -Iloader/arch/riscv64 -I$(PURGATORY_TESTS) -c -o $@ $<
$(PURGATORY_RISCV64): $(PURGATORY_RISCV64_OBJECTS)
	$(LD) -static -nostdlib -o $@ $^
PURGATORY_IMAGES += $(PURGATORY_RISCV64)
