# SPDX-License-Identifier: Apache-2.0
#
# The loader: $(OUT)/native/ARCH/crashseal-load for every ARCH of $(ARCHES); crashseal-rehearse beside it,
# the same program with the targets of all architectures, which `crashseal plan` runs; and the same core
# hosted, under sanitizers and fuzzers, in $(OUT)/native/host/loader.
# Included by the Makefile; stands alone as well: make -f loader/loader.mk loader

OUT ?= out
ARCHES ?= $(patsubst loader/arch/%/arch.mk,%,$(wildcard loader/arch/*/arch.mk))
ifneq ($(filter default undefined,$(origin CC)),)
CC := clang-19
endif
ifneq ($(filter default undefined,$(origin LD)),)
LD := ld.lld-19
endif
AR_LLVM ?= llvm-ar-19
OBJCOPY ?= llvm-objcopy-19

# Every .c file of these folders belongs to the program; native are system calls, entry and SHA-256.
# A test brings its own main().
LOADER_ROOMS := base tree trust bundle machine segments arch load run
LOADER_CORE := $(filter-out loader/run/begin.c loader/run/main.c loader/arch/registry.c,$(foreach room,$(LOADER_ROOMS),$(wildcard loader/$(room)/*.c))) \
	$(addprefix purgatory/lib/,memory.c sha256.c sha256_parts.c text.c)
# Targets: the one that is shipped to a machine knows its own architecture, the others know all of them.
# One without arch.mk is known as a target alone: no program runs there.
LOADER_TARGETS := $(patsubst loader/arch/%/target.c,%,$(wildcard loader/arch/*/target.c))
include $(foreach target,$(sort $(ARCHES) $(LOADER_TARGETS)),$(wildcard purgatory/lib/arch/$(target)/arch.mk loader/arch/$(target)/arch.mk))
# $(1): targets. What several share is there once.
loader_target_sources = $(foreach folder,$(sort $(foreach target,$(1),$(target) $(SHARED_$(target)))), \
	$(wildcard loader/arch/$(folder)/*.c))
# $(1): the architecture it runs on; $(2): its targets. Only the registry is compiled with them.
# Whether one has a device tree, firmware in memory or core files of 32 bits, its arch.mk says:
# LOADER_TREE_ARCH, LOADER_FIRMWARE_ARCH, LOADER_ELF32_ARCH := yes.
# What knows several has the code for both.
LOADER_REGISTRY := loader/arch/registry.c
loader_target_flags = '-DLOADER_TARGETS(X)=$(foreach target,$(2),X($(target)))' '-DLOADER_NATIVE="$(1)"' \
	-DLOADER_TREES=$(if $(LOADER_TREE_$(2))$(word 2,$(2)),true,false) \
	-DLOADER_FIRMWARE=$(if $(LOADER_FIRMWARE_$(2))$(word 2,$(2)),true,false) \
	-DLOADER_ELF32=$(if $(LOADER_ELF32_$(2))$(word 2,$(2)),true,false) \
	-DLOADER_SHOWS_OTHERS=$(if $(word 2,$(2)),true,false)

# Purgatory's library by architecture, or the plain C there is for all.
loader_lib_arch = $(foreach folder,$(if $(wildcard purgatory/lib/arch/$(1)),$(1) $(SHARED_$(1)),generic),$(wildcard purgatory/lib/arch/$(folder)/*.c))

# --- BearSSL, RSA signatures --------------------------------------------------------------
# From the source package, since the library that Debian builds needs a libc (docs/decisions).
# Its files, not all 293 of them: RSA verification in 31-bit words, SHA-384 and SHA-512.

# Where the libraries' sources are unpacked: a second build elsewhere may share them.
LIBRARIES ?= $(OUT)
BEARSSL := $(LIBRARIES)/bearssl
BEARSSL_SOURCES := $(addprefix $(BEARSSL)/src/, \
	codec/ccopy.c codec/dec32be.c codec/dec64be.c codec/enc32be.c codec/enc64be.c \
	hash/sha2big.c \
	int/i31_add.c int/i31_bitlen.c int/i31_decmod.c int/i31_decode.c int/i31_encode.c \
	int/i31_fmont.c int/i31_modpow.c int/i31_montmul.c int/i31_muladd.c int/i31_ninv31.c \
	int/i31_rshift.c int/i31_sub.c int/i31_tmont.c int/i31_modpow2.c int/i32_div32.c \
	rsa/rsa_i31_pub.c)
# No clock, no random source, no CPU-specific code: it gets the time from us and verifies only.
BEARSSL_DEFINES := -DBR_USE_UNIX_TIME=0 -DBR_USE_WIN32_TIME=0 -DBR_USE_URANDOM=0 \
	-DBR_USE_GETENTROPY=0 -DBR_USE_WIN32_RAND=0 -DBR_RDRAND=0 -DBR_AES_X86NI=0 -DBR_SSE2=0 \
	-DBR_POWER8=0

# The header stands for the whole tree: it is there when unpacking is done.
$(BEARSSL)/inc/bearssl.h: setup/source-pins setup/fetch-source.sh
	@mkdir -p $(LIBRARIES)
	setup/fetch-source.sh bearssl $(BEARSSL)
	@touch $@
$(BEARSSL_SOURCES): $(BEARSSL)/inc/bearssl.h ;

# --- libfdt, device trees ---------------------------------------------------------------------
# From the source package as well. What reads and edits a tree; a loader without a target that has one
# contains none of it: the linker sees that nothing calls it.

LIBFDT := $(LIBRARIES)/libfdt
LIBFDT_SOURCES := $(addprefix $(LIBFDT)/libfdt/,fdt.c fdt_ro.c fdt_rw.c fdt_wip.c)
# Trees are of the one version that there is since 2005. An edit that finds no room gives up the whole tree.
# It sees trees only that `tree_check` has found whole, or that it made itself.
# ASSUME_VALID_DTB | ASSUME_LATEST | ASSUME_NO_ROLLBACK | ASSUME_LIBFDT_FLAWLESS of libfdt_internal.h.
LIBFDT_DEFINES := -DFDT_ASSUME_MASK=0x2d

$(LIBFDT)/libfdt/libfdt.h: setup/source-pins setup/fetch-source.sh
	@mkdir -p $(LIBRARIES)
	setup/fetch-source.sh device-tree-compiler $(LIBFDT)
	@touch $@
$(LIBFDT_SOURCES): $(LIBFDT)/libfdt/libfdt.h ;

# --- Flags -----------------------------------------------------------------------------------

# The language, and every warning an error.
LOADER_WARNINGS := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wcast-qual \
	-Wimplicit-fallthrough -Wmissing-prototypes -Werror
# Frames stay small, so that the stack needs no thought; there is no recursion.
LOADER_FRAMES := -Wframe-larger-than=2048
# BearSSL has four numbers of 4096 bits in one, which the linker may put into its only caller's.
LOADER_FRAMES_rsa := -Wframe-larger-than=4096
# No libc, no startup files, and nothing that would ask for them (stack guards live in TLS).
LOADER_FREESTANDING := -ffreestanding -nostdlibinc -fno-stack-protector
# One fixed address: no relocations to apply to itself before it can run.
LOADER_STATIC := -fno-pic -fno-pie
# Small, and without what only a debugger or an unwinder reads. No loop but SHA-256's is worth more.
LOADER_SMALL := -Oz -fno-vectorize -fno-slp-vectorize -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident
# The linker sees the whole program, and inlines what is shorter so. A call is mostly shorter, and what is moved out of a
# loop needs a register that somebody saves.
LOADER_WHOLE := -flto
LOADER_WHOLE_LDFLAGS := --lto-O2 -mllvm -inline-threshold=-25 -mllvm -disable-machine-licm
# The same bytes from any folder.
LOADER_REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=. -Werror=date-time
# A mistake has less to offer: nothing is concluded from a pointer's type, no variable holds old stack.
LOADER_SAFE := -fno-strict-aliasing -ftrivial-auto-var-init=zero

# Which headers a file reads, for the next run.
LOADER_DEPENDENCIES := -MMD -MP

LOADER_CFLAGS := $(LOADER_WARNINGS) $(LOADER_FRAMES) $(LOADER_FREESTANDING) $(LOADER_STATIC) \
	$(LOADER_SMALL) $(LOADER_WHOLE) $(LOADER_REPRODUCIBLE) $(LOADER_SAFE) \
	$(LOADER_DEPENDENCIES)
# Libraries are compiled as they come: their warnings are their authors' business.
LOADER_LIBRARY_FLAGS := $(BEARSSL_DEFINES) -I$(BEARSSL)/inc -I$(BEARSSL)/src $(LIBFDT_DEFINES) -I$(LIBFDT)/libfdt
LOADER_LIBRARY_CFLAGS := -std=c11 -w $(LOADER_FREESTANDING) $(LOADER_STATIC) $(LOADER_SMALL) \
	$(LOADER_WHOLE) $(LOADER_REPRODUCIBLE) $(LOADER_LIBRARY_FLAGS) -Iloader/freestanding
# What of them our own sources read.
LOADER_LIBRARY_HEADERS := $(BEARSSL)/inc/bearssl.h $(LIBFDT)/libfdt/libfdt.h
LOADER_LIBRARY_INCLUDES := $(foreach header,$(LOADER_LIBRARY_HEADERS),-isystem $(dir $(header)))

# Bulk digests are what a load waits for: speed before size.
SPEED_sha256 := -O2

# Only what is reached, equal functions and equal ends of strings once; no notes that differ between
# builds; never writable and executable.
LOADER_LDFLAGS := -static -nostdlib -O2 $(LOADER_WHOLE_LDFLAGS) --gc-sections --icf=all \
	--build-id=none --fatal-warnings -z noexecstack -z noseparate-code --strip-all
# The loader's constants, a quarter of it, are packed (docs/decisions); its memory is laid out for that.
LOADER_PACKED_LDFLAGS := -T loader/pack/loader.lds -z norelro
LOADER_PACK := $(OUT)/native/host/pack
# As loader/base/lzma.c has it. One thread and nothing said of the machine: the same bytes everywhere.
LOADER_PACK_XZ := xz --format=raw --lzma1=preset=9e,lc=0,lp=0,pb=0,dict=64KiB --threads=1 --stdout

$(LOADER_PACK): loader/pack/pack.c loader/base/lzma.c loader/base/lzma.h loader/base/elf.h loader/loader.mk
	@mkdir -p $(@D)
	$(CC) $(LOADER_WARNINGS) -O1 -Iloader -Ipurgatory/lib -o $@ $(filter %.c,$^)

# $(1): the architecture; makes $@.linked of $^.
define loader_link_all
	$(LD) $(LOADER_LDFLAGS) $(LOADER_PACKED_LDFLAGS) $(LOADER_LDFLAGS_$(1)) -o $@.linked $(filter %.o,$^)
endef
# The same where a program makes the assembly shorter (LOADER_SHORTEN_ARCH in its arch.mk): it reads it twice. What was
# assembly before is linked as it is.
define loader_link_shortened
	$(LD) $(LOADER_LDFLAGS) $(LOADER_PACKED_LDFLAGS) $(LOADER_LDFLAGS_$(1)) --lto-emit-asm -o $@.linked $(filter %.o,$^)
	awk -f $(LOADER_SHORTEN_$(1)) $@.linked.lto.s $@.linked.lto.s >$@.short.s
	$(CC) --target=$(TARGET_$(1)) $(LOADER_SMALL_$(1)) -Wno-unused-command-line-argument -c -o $@.short.o $@.short.s
	$(LD) $(LOADER_LDFLAGS) $(LOADER_PACKED_LDFLAGS) -o $@.linked $@.short.o $(filter %.S.o,$^)
	rm $@.linked.lto.s $@.short.s $@.short.o
endef

# $(1): the architecture; makes $@ of $^.
define loader_link
	$(call loader_link_$(if $(LOADER_SHORTEN_$(1)),shortened,all),$(1))
	$(OBJCOPY) -O binary --only-section=.constants $@.linked $@.constants
	$(LOADER_PACK_XZ) $@.constants >$@.packed
	$(LOADER_PACK) $@.linked $@.packed $@
	chmod +x $@
	rm $@.constants $@.packed
endef

# --- One program for each architecture -----------------------------------------------------------

# $(1): architecture
define LOADER_RULES
LOADER_SHARED_$(1) := $$(patsubst %,$(OUT)/native/$(1)/load/%.o,$(LOADER_CORE) loader/run/begin.c loader/run/main.c \
	$$(call loader_lib_arch,$(1)) $$(wildcard loader/arch/$(1)/*.S))
LOADER_OWN_$(1) := $$(patsubst %,$(OUT)/native/$(1)/load/%.o,$$(call loader_target_sources,$(1)))
LOADER_ALL_$(1) := $$(patsubst %,$(OUT)/native/$(1)/load/%.o,$$(call loader_target_sources,$(LOADER_TARGETS)))
LOADER_REGISTRY_OWN_$(1) := $(OUT)/native/$(1)/load/registry.o
LOADER_REGISTRY_ALL_$(1) := $(OUT)/native/$(1)/load/registry-all.o
LOADER_OBJECTS_$(1) := $$(LOADER_SHARED_$(1)) $$(LOADER_ALL_$(1))
LOADER_LIBRARY_$(1) := $$(patsubst $(LIBRARIES)/%,$(OUT)/native/$(1)/load/%.o,$(BEARSSL_SOURCES) $(LIBFDT_SOURCES))

$$(LOADER_LIBRARY_$(1)): $(OUT)/native/$(1)/load/%.o: $(LIBRARIES)/% loader/loader.mk
	@mkdir -p $$(@D)
	$(CC) --target=$$(TARGET_$(1)) $$(LOADER_LIBRARY_CFLAGS) $$(LOADER_SMALL_$(1)) -c -o $$@ $$<

loader_compile_$(1) = @mkdir -p $$(@D) && \
	$(CC) --target=$$(TARGET_$(1)) $$(LOADER_CFLAGS) $$(LOADER_SMALL_$(1)) $$(SPEED_$$(basename $$(notdir $$<))) $$(INSTRUCTIONS_$$(basename $$(notdir $$<))) $$(LOADER_FRAMES_$$(basename $$(notdir $$<))) \
		$$(LOADER_REGISTRY_FLAGS) -Iloader -Ipurgatory/lib -Iloader/arch/$(1) $(LOADER_LIBRARY_INCLUDES) -isystem loader/freestanding -c -o $$@ $$<

$$(LOADER_OBJECTS_$(1)): $(OUT)/native/$(1)/load/%.o: % loader/loader.mk loader/arch/$(1)/arch.mk $(LOADER_LIBRARY_HEADERS)
	$$(loader_compile_$(1))
$$(LOADER_REGISTRY_OWN_$(1)) $$(LOADER_REGISTRY_ALL_$(1)): $(LOADER_REGISTRY) loader/loader.mk $(wildcard loader/arch/*/arch.mk)
	$$(loader_compile_$(1))
$$(LOADER_REGISTRY_OWN_$(1)): LOADER_REGISTRY_FLAGS = $$(call loader_target_flags,$(1),$(1))
$$(LOADER_REGISTRY_ALL_$(1)): LOADER_REGISTRY_FLAGS = $$(call loader_target_flags,$(1),$(LOADER_TARGETS))

$(OUT)/native/$(1)/crashseal-load: $$(LOADER_SHARED_$(1)) $$(LOADER_OWN_$(1)) $$(LOADER_REGISTRY_OWN_$(1)) $$(LOADER_LIBRARY_$(1)) loader/pack/loader.lds $(LOADER_PACK) $(LOADER_SHORTEN_$(1))
	$$(call loader_link,$(1))

$(OUT)/native/$(1)/crashseal-rehearse: $$(LOADER_SHARED_$(1)) $$(LOADER_ALL_$(1)) $$(LOADER_REGISTRY_ALL_$(1)) $$(LOADER_LIBRARY_$(1)) loader/pack/loader.lds $(LOADER_PACK) $(LOADER_SHORTEN_$(1))
	$$(call loader_link,$(1))

# What puts a dump in order after it was collected: it shares system calls and entry, and nothing else.
SAVECORE_OBJECTS_$(1) := $$(patsubst %,$(OUT)/native/$(1)/savecore/%.o,loader/savecore/rearrange.c loader/base/sys.c \
	purgatory/lib/memory.c $$(ARITHMETIC_$(1)) $$(wildcard loader/arch/$(1)/*.S))
$$(SAVECORE_OBJECTS_$(1)): $(OUT)/native/$(1)/savecore/%.o: % loader/loader.mk loader/arch/$(1)/arch.mk
	@mkdir -p $$(@D)
	$(CC) --target=$$(TARGET_$(1)) $$(LOADER_CFLAGS) $$(LOADER_SMALL_$(1)) \
		-Iloader -Ipurgatory/lib -Iloader/arch/$(1) -isystem loader/freestanding -c -o $$@ $$<

$(OUT)/native/$(1)/crashseal-rearrange: $$(SAVECORE_OBJECTS_$(1))
	$(LD) $$(LOADER_LDFLAGS) -o $$@ $$^

-include $$(LOADER_OBJECTS_$(1):.o=.d) $$(LOADER_REGISTRY_OWN_$(1):.o=.d) $$(LOADER_REGISTRY_ALL_$(1):.o=.d) $$(SAVECORE_OBJECTS_$(1):.o=.d)
endef
$(foreach arch,$(ARCHES),$(eval $(call LOADER_RULES,$(arch))))

.PHONY: loader
loader: $(foreach arch,$(ARCHES),$(addprefix $(OUT)/native/$(arch)/,crashseal-load crashseal-rehearse crashseal-rearrange))

# --- Hosted, for tests --------------------------------------------------------------------------
# The same core on the build machine's C library, under address and undefined-behaviour sanitizers.
# A driver is a program of its own: test/loader*/NAME.c becomes host/loader/NAME, linked with the
# core; test/loader*/fuzz-NAME.c is a libFuzzer target.

LOADER_HOST := $(OUT)/native/host/loader
LOADER_HOST_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
# Hosted, so no -ffreestanding; the libc under arch/host/syscall.h declares syscall(2) for GNU only.
LOADER_HOST_CFLAGS := $(LOADER_WARNINGS) $(LOADER_HOST_SANITIZERS) -O1 -g -fno-omit-frame-pointer \
	-D_GNU_SOURCE -Iloader -Ipurgatory/lib -Iloader/arch/host $(LOADER_LIBRARY_INCLUDES) $(LOADER_DEPENDENCIES)
# BearSSL's tables of functions have other types than the functions, by design.
LOADER_HOST_LIBRARY_CFLAGS := -std=gnu11 -w $(LOADER_HOST_SANITIZERS) -fno-sanitize=function -O1 -g \
	$(LOADER_LIBRARY_FLAGS)
# Coverage feedback is compiled into the core, so that drivers and fuzzers share its objects.
LOADER_HOST_COVERAGE := -fsanitize=fuzzer-no-link
LOADER_HOST_OBJECTS := $(patsubst %,$(LOADER_HOST)/%.o,$(LOADER_CORE) $(LOADER_REGISTRY) \
	$(call loader_target_sources,$(LOADER_TARGETS)) $(call loader_lib_arch,generic))
LOADER_HOST_LIBRARY := $(patsubst $(LIBRARIES)/%,$(LOADER_HOST)/%.o,$(BEARSSL_SOURCES) $(LIBFDT_SOURCES))
LOADER_HOST_DRIVERS := $(wildcard test/loader*/*.c)
loader_host_program = $(LOADER_HOST)/$(basename $(notdir $(1)))

$(LOADER_HOST_LIBRARY): $(LOADER_HOST)/%.o: $(LIBRARIES)/% loader/loader.mk
	@mkdir -p $(@D)
	$(CC) $(LOADER_HOST_LIBRARY_CFLAGS) $(LOADER_HOST_COVERAGE) -c -o $@ $<
$(LOADER_HOST_OBJECTS): $(LOADER_HOST)/%.o: % loader/loader.mk $(LOADER_LIBRARY_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(LOADER_HOST_CFLAGS) $(LOADER_REGISTRY_FLAGS) $(LOADER_HOST_COVERAGE) -c -o $@ $<
$(LOADER_HOST)/$(LOADER_REGISTRY).o: LOADER_REGISTRY_FLAGS = $(call loader_target_flags,$(shell uname -m),$(LOADER_TARGETS))
$(LOADER_HOST)/core.a: $(LOADER_HOST_OBJECTS) $(LOADER_HOST_LIBRARY)
	@rm -f $@
	$(AR_LLVM) rcsD $@ $^

# The program that loads tens of thousands of bundles has RSA's arithmetic without sanitizers, which is
# most of its time; all other programs have it with them.
LOADER_HOST_ARITHMETIC := $(patsubst $(LOADER_HOST)/%,$(LOADER_HOST)/plain/%,$(filter \
	$(LOADER_HOST)/bearssl/src/int/%,$(LOADER_HOST_LIBRARY)))
$(LOADER_HOST_ARITHMETIC): $(LOADER_HOST)/plain/%.o: $(LIBRARIES)/% loader/loader.mk
	@mkdir -p $(@D)
	$(CC) $(LOADER_HOST_LIBRARY_CFLAGS) -fno-sanitize=all -O2 -c -o $@ $<
$(LOADER_HOST)/many-loads: $(LOADER_HOST_ARITHMETIC)
LOADER_HOST_FIRST_many-loads := $(LOADER_HOST_ARITHMETIC)

# $(1): source of the driver
define LOADER_HOST_RULES
$(call loader_host_program,$(1)): $(1) $(LOADER_HOST)/core.a
	$(CC) $$(LOADER_HOST_CFLAGS) $(if $(filter fuzz-%,$(notdir $(1))),-fsanitize=fuzzer) \
		-o $$@ $(1) $$(LOADER_HOST_FIRST_$$(@F)) $(LOADER_HOST)/core.a
-include $(call loader_host_program,$(1)).d
endef
$(foreach driver,$(LOADER_HOST_DRIVERS),$(eval $(call LOADER_HOST_RULES,$(driver))))
-include $(LOADER_HOST_OBJECTS:.o=.d)

.PHONY: loader-host
loader-host: $(foreach driver,$(LOADER_HOST_DRIVERS),$(call loader_host_program,$(driver)))
