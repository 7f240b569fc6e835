# The policy with its service calls, hosted.
PURGATORY_PROGRAMS += $(PURGATORY_HOST)/policy-run-s390x
$(PURGATORY_HOST)/policy-run-s390x: $(PURGATORY_TESTS)/s390x/policy_run.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED) \
	$(addprefix purgatory/,purgatory.c message.c $(addprefix arch/s390x/,console.c ebcdic.c ipl.c machine.c reipl.c stop.c vmcmd.c))
# Service calls take addresses of 31 bits.
$(PURGATORY_HOST)/policy-run-s390x: private PURGATORY_HOST_FLAGS += -no-pie -fno-pie -Ipurgatory/arch/s390x -I$(PURGATORY_TESTS)

# The byte order that nobody has at hand: the same programs for s390x, run by qemu-s390x-static.
PURGATORY_S390X := $(addprefix $(OUT)/native/s390x/test/,check-flips kimd-sha512)
PURGATORY_S390X_LIB := $(wildcard purgatory/lib/*.c purgatory/lib/arch/s390x/*.c)
$(OUT)/native/s390x/test/kimd-sha512: $(PURGATORY_TESTS)/s390x/kimd_sha512.c
$(OUT)/native/s390x/test/check-flips: $(PURGATORY_TESTS)/check_flips.c $(PURGATORY_TESTS)/loaded_image.c purgatory/check.c
$(PURGATORY_S390X): $(PURGATORY_TESTS)/io_linux.c loader/arch/s390x/start.S loader/arch/s390x/syscall.h $(PURGATORY_S390X_LIB) $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) --target=s390x-linux-gnu -march=z13 -std=gnu11 $(PURGATORY_WARNINGS) -O2 -ffreestanding \
		-fno-stack-protector -fno-pie -nostdlib -static -fuse-ld=lld-19 \
		-Ipurgatory -Ipurgatory/lib -Ipurgatory/lib/arch/s390x -Iloader -Iloader/arch/s390x -I$(PURGATORY_TESTS) -o $@ $(filter %.c %.S,$^)

# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS_S390X := $(addprefix $(OUT)/native/s390x/test/,crashed.elf capture.bin firmware.elf)
PURGATORY_STAND_IN_FLAGS := --target=s390x-linux-gnu -march=z196 -msoft-float -std=gnu11 $(PURGATORY_WARNINGS) -O2 \
	-ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pie -nostdlib -static -fuse-ld=lld-19 \
	-Wl,--build-id=none
# Away from 0x10000, where QEMU would take it for Linux.
$(OUT)/native/s390x/test/crashed.elf: $(addprefix $(PURGATORY_TESTS)/s390x/,crashed.c crashed.S)
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_STAND_IN_FLAGS) -Wl,-Ttext=0x20000 -o $@ $(filter %.c %.S,$^)
# QEMU moves it to the end of memory.
$(OUT)/native/s390x/test/firmware.elf: $(PURGATORY_TESTS)/s390x/firmware.S
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_STAND_IN_FLAGS) -Wl,-Ttext=0 -o $@ $<
$(OUT)/native/s390x/test/capture.bin: $(PURGATORY_TESTS)/s390x/capture.S
	@mkdir -p $(@D)
	$(CC) --target=s390x-linux-gnu -march=z196 -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
$(PURGATORY_STAND_INS_S390X): $(PURGATORY_TESTS)/s390x/crashed.h purgatory/purgatory.mk
PURGATORY_IMAGES += $(PURGATORY_S390X) $(PURGATORY_STAND_INS_S390X)

VECTORS_FLAGS_s390x := -march=z13
