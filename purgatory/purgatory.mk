# SPDX-License-Identifier: Apache-2.0
# Purgatory images, and a hosted build of the same sources for tests and measurement.
# Included by the Makefile; works on its own as well: make -f purgatory/purgatory.mk purgatory

OUT ?= out
ifneq ($(filter default undefined,$(origin CC)),)
CC := clang-19
endif
ifneq ($(filter default undefined,$(origin LD)),)
LD := ld.lld-19
endif
OBJCOPY ?= llvm-objcopy-19
ARCHES ?= x86_64 s390x

PURGATORY_CORE := $(addprefix purgatory/,check.c message.c purgatory.c text.c lib/memory.c lib/sha256.c)

PURGATORY_SOURCES_x86_64 := \
	$(addprefix purgatory/arch/x86_64/,entry.S console.c exceptions.c features.c reset.c) \
	$(addprefix purgatory/lib/arch/x86_64/,sha256_arch.c sha256_ni.c)
# e_machine
PURGATORY_MACHINE_x86_64 := 62
# Exceptions are taken on the same stack: nothing may lie below the stack pointer.
PURGATORY_FLAGS_x86_64 := --target=x86_64-linux-gnu -march=x86-64 -mno-red-zone
# CR4.OSFXSR is off on entry: a vector register that the compiler finds handy would be #UD.
PURGATORY_REGISTERS_x86_64 := -mgeneral-regs-only

PURGATORY_SOURCES_s390x := \
	$(addprefix purgatory/arch/s390x/,entry.S console.c cpu.c ipl.c machine.c stop.c) \
	$(addprefix purgatory/lib/arch/s390x/,cpu_features.c sha256_arch.c sha256_kimd.c)
PURGATORY_MACHINE_s390x := 22
# The oldest that kernels of today run on (Debian's and SUSE's want z196).
PURGATORY_FLAGS_s390x := --target=s390x-linux-gnu -march=z196
# The dead kernel goes on after the check call: its floating-point registers are not touched.
PURGATORY_REGISTERS_s390x := -msoft-float
# Its instructions are longer than those of x86.
PURGATORY_SIZE_s390x := -Oz

PURGATORY_WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Werror

PURGATORY_FLAGS := -std=c11 $(PURGATORY_WARNINGS)
# A quarter of the stack is the most that one function may take.
PURGATORY_FLAGS += -Wframe-larger-than=2048
# No C library, no unwinder, no place for a canary.
PURGATORY_FLAGS += -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables
# Runs wherever the loader puts it and nobody relocates it: all addresses relative to the code.
PURGATORY_FLAGS += -fpie -fvisibility=hidden -fdirect-access-external-data -fno-jump-tables
# Behind a call that does not return stands a trap, not the next block: a damaged return address
# must not run into the jump to the capture kernel.
PURGATORY_FLAGS += -mllvm --trap-unreachable
# Small; what is not used goes. No landing pads: indirect branch tracking is off at this point.
PURGATORY_FLAGS += -Os -ffunction-sections -fdata-sections -fcf-protection=none
# The same bytes wherever the checkout lies.
PURGATORY_FLAGS += -fno-ident -ffile-prefix-map=$(CURDIR)=.
PURGATORY_FLAGS += -Ipurgatory -Ipurgatory/lib

# Linked for two addresses, one out of reach of a 32-bit displacement: what is not
# position-independent differs or overflows. Undefined symbols are errors in a full link.
PURGATORY_LDFLAGS := -static -nostdlib --gc-sections --icf=all --build-id=none --no-undefined \
	--fatal-warnings --orphan-handling=error -z noexecstack -z max-page-size=4096 \
	-T purgatory/purgatory.ld

# $(1): architecture
define PURGATORY_RULES
PURGATORY_OBJECTS_$(1) := $$(patsubst %,$(OUT)/native/$(1)/%.o,$$(PURGATORY_CORE) $$(PURGATORY_SOURCES_$(1)))

$$(PURGATORY_OBJECTS_$(1)): PURGATORY_REGISTERS := $$(PURGATORY_REGISTERS_$(1))
$$(PURGATORY_OBJECTS_$(1)): PURGATORY_SPEED := $$(PURGATORY_SIZE_$(1))
$$(PURGATORY_OBJECTS_$(1)): $(OUT)/native/$(1)/%.o: % purgatory/purgatory.mk
	@mkdir -p $$(@D)
	$(CC) $$(PURGATORY_FLAGS_$(1)) $$(PURGATORY_REGISTERS) $$(PURGATORY_FLAGS) $$(PURGATORY_SPEED) \
		-MMD -MP -c -o $$@ $$<

$(OUT)/native/$(1)/purgatory.elf: PURGATORY_BASE := 0
$(OUT)/native/$(1)/purgatory.chk: PURGATORY_BASE := 0x765432100000
$(OUT)/native/$(1)/purgatory.elf $(OUT)/native/$(1)/purgatory.chk: $$(PURGATORY_OBJECTS_$(1)) purgatory/purgatory.ld
	$(LD) $$(PURGATORY_LDFLAGS) --defsym base=$$(PURGATORY_BASE) \
		--defsym machine=$$(PURGATORY_MACHINE_$(1)) -o $$@ $$(PURGATORY_OBJECTS_$(1))

$(OUT)/native/$(1)/purgatory.bin: $(OUT)/native/$(1)/purgatory.elf $(OUT)/native/$(1)/purgatory.chk
	$(OBJCOPY) -O binary $(OUT)/native/$(1)/purgatory.chk $$@.chk
	$(OBJCOPY) -O binary $(OUT)/native/$(1)/purgatory.elf $$@.new
	cmp $$@.chk $$@.new
	rm $$@.chk
	mv $$@.new $$@

-include $$(PURGATORY_OBJECTS_$(1):.o=.d)
endef
$(foreach arch,$(ARCHES),$(eval $(call PURGATORY_RULES,$(arch))))

# The one file with vector registers, used only where the loader saw the instructions.
$(OUT)/native/x86_64/purgatory/lib/arch/x86_64/sha256_ni.c.o: \
	PURGATORY_REGISTERS := -mssse3 -msse4.1 -msha
# Every byte of the capture kernel may pass through it: speed before size.
$(foreach arch,$(ARCHES),$(eval $(OUT)/native/$(arch)/purgatory/lib/sha256.c.o: PURGATORY_SPEED := -O2))

.PHONY: purgatory
purgatory: $(foreach arch,$(ARCHES),$(OUT)/native/$(arch)/purgatory.bin)

# Hosted build of the same sources, with address and undefined-behaviour sanitizers.
PURGATORY_HOST := $(OUT)/native/host
PURGATORY_TESTS := test/purgatory/native
PURGATORY_HOST_ARCH := $(if $(filter x86_64,$(shell uname -m)),x86_64,generic)
PURGATORY_HOST_LIB := $(wildcard purgatory/lib/*.c purgatory/lib/arch/$(PURGATORY_HOST_ARCH)/*.c) purgatory/text.c
PURGATORY_HEADERS := $(wildcard purgatory/*.h purgatory/lib/*.h purgatory/lib/arch/*/*.h purgatory/arch/*/*.h $(PURGATORY_TESTS)/*.h)
# One command compiles all: the instructions are for sha256_ni.c, the rest is not vectorised at -O1.
PURGATORY_HOST_FLAGS := -std=gnu11 $(PURGATORY_WARNINGS) -g -O1 -fno-omit-frame-pointer \
	-fno-vectorize -fno-slp-vectorize -Ipurgatory -Ipurgatory/lib -Ipurgatory/arch/x86_64 \
	$(if $(filter x86_64,$(PURGATORY_HOST_ARCH)),-mssse3 -msse4.1 -msha)
PURGATORY_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
PURGATORY_LOADED := $(PURGATORY_TESTS)/loaded_image.c purgatory/check.c $(PURGATORY_HOST_LIB)

PURGATORY_PROGRAMS := $(addprefix $(PURGATORY_HOST)/,sha256-vectors check-flips policy-run policy-run-s390x)
$(PURGATORY_HOST)/sha256-vectors: $(PURGATORY_TESTS)/sha256_vectors.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_HOST_LIB)
$(PURGATORY_HOST)/check-flips: $(PURGATORY_TESTS)/check_flips.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED)
$(PURGATORY_HOST)/policy-run: $(PURGATORY_TESTS)/policy_run.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED) \
	$(addprefix purgatory/,purgatory.c message.c arch/x86_64/console.c arch/x86_64/reset.c)
$(PURGATORY_HOST)/policy-run-s390x: $(PURGATORY_TESTS)/s390x/policy_run.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED) \
	$(addprefix purgatory/,purgatory.c message.c arch/s390x/console.c arch/s390x/ipl.c arch/s390x/machine.c arch/s390x/stop.c)
# Service calls take addresses of 31 bits.
$(PURGATORY_HOST)/policy-run-s390x: PURGATORY_HOST_FLAGS += -no-pie -fno-pie -Ipurgatory/arch/s390x -I$(PURGATORY_TESTS)
$(PURGATORY_PROGRAMS): $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) $(PURGATORY_SANITIZE) -o $@ $(filter %.c,$^)

$(PURGATORY_HOST)/fuzz-head: $(PURGATORY_TESTS)/fuzz_head.c $(PURGATORY_LOADED) purgatory/message.c \
		$(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) $(PURGATORY_SANITIZE) -fsanitize=fuzzer -o $@ $(filter %.c,$^)

# As the target gets it: no sanitizer, -O2.
$(PURGATORY_HOST)/bench-sha256: $(PURGATORY_TESTS)/bench_sha256.c $(PURGATORY_HOST_LIB) \
		$(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) -O2 -o $@ $(filter %.c,$^)

# The byte order that nobody has at hand: the same programs for s390x, run by qemu-s390x-static.
PURGATORY_S390X := $(addprefix $(OUT)/native/s390x/test/,sha256-vectors check-flips kimd-sha512)
PURGATORY_S390X_LIB := $(wildcard purgatory/lib/*.c purgatory/lib/arch/s390x/*.c) purgatory/text.c
$(OUT)/native/s390x/test/kimd-sha512: $(PURGATORY_TESTS)/s390x/kimd_sha512.c
$(OUT)/native/s390x/test/sha256-vectors: $(PURGATORY_TESTS)/sha256_vectors.c
$(OUT)/native/s390x/test/check-flips: $(PURGATORY_TESTS)/check_flips.c $(PURGATORY_TESTS)/loaded_image.c purgatory/check.c
$(PURGATORY_S390X): $(PURGATORY_TESTS)/io_s390x.c $(PURGATORY_S390X_LIB) $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) --target=s390x-linux-gnu -march=z13 -std=gnu11 $(PURGATORY_WARNINGS) -O2 -ffreestanding \
		-fno-stack-protector -fno-pie -nostdlib -static -fuse-ld=lld-19 \
		-Ipurgatory -Ipurgatory/lib -Ipurgatory/lib/arch/s390x -I$(PURGATORY_TESTS) -o $@ $(filter %.c,$^)

# What stands before and behind purgatory in a QEMU without Linux.
PURGATORY_STAND_INS := $(addprefix $(OUT)/native/x86_64/test/,crashed.bin capture.bin)
$(PURGATORY_STAND_INS): $(OUT)/native/x86_64/test/%.bin: $(PURGATORY_TESTS)/%.S
	@mkdir -p $(@D)
	$(CC) --target=x86_64-linux-gnu -c -o $@.o $<
	$(OBJCOPY) -O binary -j .text $@.o $@

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

.PHONY: purgatory-tests
purgatory-tests: $(PURGATORY_PROGRAMS) $(PURGATORY_HOST)/fuzz-head $(PURGATORY_HOST)/bench-sha256 $(PURGATORY_S390X) $(PURGATORY_STAND_INS) $(PURGATORY_STAND_INS_S390X)
