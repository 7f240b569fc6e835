# The policy with its ports, hosted.
PURGATORY_PROGRAMS += $(PURGATORY_HOST)/policy-run
$(PURGATORY_HOST)/policy-run: $(PURGATORY_TESTS)/policy_run.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED) \
	$(addprefix purgatory/,purgatory.c message.c uart16550.c arch/x86/console.c arch/x86/reset.c)
$(PURGATORY_HOST)/policy-run: private PURGATORY_HOST_FLAGS += -Ipurgatory/arch/x86

# What stands before and after purgatory in a QEMU without Linux.
PURGATORY_STAND_INS := $(addprefix $(OUT)/native/x86_64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS): $(OUT)/native/x86_64/test/%.bin: $(PURGATORY_TESTS)/%.S
	@mkdir -p $(@D)
	$(CC) --target=x86_64-linux-gnu -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@
PURGATORY_IMAGES += $(PURGATORY_STAND_INS)
