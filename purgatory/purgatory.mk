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
# A folder without arch.mk is what several of them share; their arch.mk names it.
ARCHES ?= $(patsubst purgatory/arch/%/arch.mk,%,$(wildcard purgatory/arch/*/arch.mk))

PURGATORY_CORE := $(addprefix purgatory/,check.c message.c purgatory.c lib/text.c lib/memory.c lib/sha256.c lib/sha256_parts.c)

# What an architecture brings: every source of its folders and of those that it shares (a folder without arch.mk),
# and in arch.mk flags of its own.
include $(foreach arch,$(ARCHES),purgatory/lib/arch/$(arch)/arch.mk purgatory/arch/$(arch)/arch.mk)
purgatory_lib_sources = $(foreach folder,$(1) $(SHARED_$(1)),$(wildcard purgatory/lib/arch/$(folder)/*.c))
purgatory_arch_sources = $(foreach folder,$(1) $(SHARED_$(1)),$(foreach kind,S c,$(wildcard purgatory/arch/$(folder)/*.$(kind)))) \
	$(call purgatory_lib_sources,$(1)) $(PURGATORY_SOURCES_$(1))

# Every byte of the capture kernel may pass through it: speed before size.
SPEED_sha256 := -O2

PURGATORY_WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Werror

PURGATORY_FLAGS := -std=c11 $(PURGATORY_WARNINGS)
# A quarter of the stack is the most that one function may take.
PURGATORY_FLAGS += -Wframe-larger-than=2048
# No C library, no unwinder, no place for a canary.
PURGATORY_FLAGS += -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables
# Runs wherever the loader puts it and nobody relocates it: all addresses relative to the code.
PURGATORY_FLAGS += -fpie -fvisibility=hidden -fdirect-access-external-data -fno-jump-tables
# After a call that does not return stands a trap, not the next block: a damaged return address
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
PURGATORY_OBJECTS_$(1) := $$(patsubst %,$(OUT)/native/$(1)/%.o,$$(PURGATORY_CORE) $$(call purgatory_arch_sources,$(1)))

$$(PURGATORY_OBJECTS_$(1)): $(OUT)/native/$(1)/%.o: % purgatory/purgatory.mk \
		purgatory/lib/arch/$(1)/arch.mk purgatory/arch/$(1)/arch.mk
	@mkdir -p $$(@D)
	$(CC) --target=$$(TARGET_$(1)) $$(PURGATORY_FLAGS_$(1)) \
		$$(or $$(INSTRUCTIONS_$$(basename $$(notdir $$<))),$$(PURGATORY_REGISTERS_$(1))) $$(PURGATORY_FLAGS) \
		$$(or $$(SPEED_$$(basename $$(notdir $$<))),$$(PURGATORY_SIZE_$(1))) \
		-MMD -MP -c -o $$@ $$<

$(OUT)/native/$(1)/purgatory.elf: PURGATORY_BASE := 0
$(OUT)/native/$(1)/purgatory.chk: PURGATORY_BASE := $$(or $$(PURGATORY_CHECK_BASE_$(1)),0x765432100000)
$(OUT)/native/$(1)/purgatory.elf $(OUT)/native/$(1)/purgatory.chk: $$(PURGATORY_OBJECTS_$(1)) purgatory/purgatory.ld
	$(LD) $$(PURGATORY_LDFLAGS) --defsym base=$$(PURGATORY_BASE) -o $$@ $$(PURGATORY_OBJECTS_$(1))

$(OUT)/native/$(1)/purgatory.bin: $(OUT)/native/$(1)/purgatory.elf $(OUT)/native/$(1)/purgatory.chk $$(PURGATORY_FINISH_$(1))
	$(OBJCOPY) -O binary $(OUT)/native/$(1)/purgatory.chk $$@.chk
	$(OBJCOPY) -O binary $(OUT)/native/$(1)/purgatory.elf $$@.new
	cmp $$@.chk $$@.new
	rm $$@.chk
	$$(if $$(PURGATORY_FINISH_$(1)),sh $$(PURGATORY_FINISH_$(1)) $$@.new $$(PURGATORY_SUM_AT_$(1)))
	mv $$@.new $$@

-include $$(PURGATORY_OBJECTS_$(1):.o=.d)
endef
$(foreach arch,$(ARCHES),$(eval $(call PURGATORY_RULES,$(arch))))

.PHONY: purgatory
purgatory: $(foreach arch,$(ARCHES),$(OUT)/native/$(arch)/purgatory.bin)

# Hosted build of the same sources, with address and undefined-behaviour sanitizers.
PURGATORY_HOST := $(OUT)/native/host
PURGATORY_TESTS := test/purgatory/native
PURGATORY_HOST_ARCH := $(or $(filter $(ARCHES),$(shell uname -m)),generic)
PURGATORY_LIB := $(wildcard purgatory/lib/*.c)
PURGATORY_HEADERS := $(wildcard purgatory/*.h purgatory/lib/*.h purgatory/lib/arch/*/*.h purgatory/arch/*/*.h $(PURGATORY_TESTS)/*.h)
PURGATORY_HOST_FLAGS := -std=gnu11 $(PURGATORY_WARNINGS) -g -O1 -fno-omit-frame-pointer -Ipurgatory -Ipurgatory/lib
PURGATORY_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
# What the host's architecture brings, each file with its own instructions: for the tests, and as the target gets it.
PURGATORY_HOST_LIB := $(PURGATORY_LIB) \
	$(patsubst %,$(PURGATORY_HOST)/%.o,$(call purgatory_lib_sources,$(PURGATORY_HOST_ARCH)))
PURGATORY_HOST_FAST := $(PURGATORY_LIB) \
	$(patsubst %,$(PURGATORY_HOST)/fast/%.o,$(call purgatory_lib_sources,$(PURGATORY_HOST_ARCH)))
PURGATORY_LOADED := $(PURGATORY_TESTS)/loaded_image.c purgatory/check.c $(PURGATORY_HOST_LIB)

purgatory_compile_host = @mkdir -p $(@D) && $(CC) $(PURGATORY_HOST_FLAGS) $(INSTRUCTIONS_$(basename $(notdir $<))) $(1) -c -o $@ $<
$(filter $(PURGATORY_HOST)/%.o,$(PURGATORY_HOST_LIB)): $(PURGATORY_HOST)/%.o: % $(PURGATORY_HEADERS) purgatory/purgatory.mk
	$(call purgatory_compile_host,$(PURGATORY_SANITIZE))
$(filter $(PURGATORY_HOST)/fast/%.o,$(PURGATORY_HOST_FAST)): $(PURGATORY_HOST)/fast/%.o: % $(PURGATORY_HEADERS) purgatory/purgatory.mk
	$(call purgatory_compile_host,-O2)

# The build machine does not have the others' instructions: $(OUT)/native/ARCH/test/sha256-vectors, a program without
# libraries for an emulator. Each file with its own instructions, so that a CPU without them sees none where they are not asked for.
# $(1): architecture
define PURGATORY_VECTORS_RULES
PURGATORY_VECTORS_$(1) := $$(patsubst %,$(OUT)/native/$(1)/test/%.o,$(PURGATORY_TESTS)/sha256_vectors.c $(PURGATORY_TESTS)/io_linux.c \
	$$(wildcard loader/arch/$(1)/*.S) $(PURGATORY_LIB) $$(call purgatory_lib_sources,$(1)))
$$(PURGATORY_VECTORS_$(1)): $(OUT)/native/$(1)/test/%.o: % loader/arch/$(1)/syscall.h $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $$(@D)
	$(CC) --target=$$(TARGET_$(1)) $$(VECTORS_FLAGS_$(1)) $$(INSTRUCTIONS_$$(basename $$(notdir $$<))) -std=gnu11 \
		$(PURGATORY_WARNINGS) -DFEATURES_ARE_GIVEN -O2 -ffreestanding -fno-stack-protector -fno-pie \
		-Ipurgatory -Ipurgatory/lib -Iloader -Iloader/arch/$(1) -I$(PURGATORY_TESTS) -c -o $$@ $$<
$(OUT)/native/$(1)/test/sha256-vectors: $$(PURGATORY_VECTORS_$(1))
	$(LD) -static -nostdlib -o $$@ $$^
endef

PURGATORY_PROGRAMS := $(addprefix $(PURGATORY_HOST)/,sha256-vectors check-flips)
# What an architecture has to be tried in: more of these programs, and PURGATORY_IMAGES for its machine.
PURGATORY_IMAGES := $(foreach arch,$(ARCHES),$(OUT)/native/$(arch)/test/sha256-vectors)
include $(foreach arch,$(ARCHES),$(wildcard $(PURGATORY_TESTS)/$(arch)/tests.mk))
$(foreach arch,$(ARCHES),$(eval $(call PURGATORY_VECTORS_RULES,$(arch))))
$(PURGATORY_HOST)/sha256-vectors: $(PURGATORY_TESTS)/sha256_vectors.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_HOST_LIB)
$(PURGATORY_HOST)/check-flips: $(PURGATORY_TESTS)/check_flips.c $(PURGATORY_TESTS)/io_hosted.c $(PURGATORY_LOADED)
$(PURGATORY_PROGRAMS): $(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) $(PURGATORY_SANITIZE) -o $@ $(filter %.c %.o,$^)

$(PURGATORY_HOST)/fuzz-head: $(PURGATORY_TESTS)/fuzz_head.c $(PURGATORY_LOADED) purgatory/message.c \
		$(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) $(PURGATORY_SANITIZE) -fsanitize=fuzzer -o $@ $(filter %.c %.o,$^)

# As the target gets it: no sanitizer, -O2.
$(PURGATORY_HOST)/bench-sha256: $(PURGATORY_TESTS)/bench_sha256.c $(PURGATORY_HOST_FAST) \
		$(PURGATORY_HEADERS) purgatory/purgatory.mk
	@mkdir -p $(@D)
	$(CC) $(PURGATORY_HOST_FLAGS) -O2 -o $@ $(filter %.c %.o,$^)

.PHONY: purgatory-tests
purgatory-tests: $(PURGATORY_PROGRAMS) $(PURGATORY_HOST)/fuzz-head $(PURGATORY_HOST)/bench-sha256 $(PURGATORY_IMAGES)
