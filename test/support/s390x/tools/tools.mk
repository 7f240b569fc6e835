# SPDX-License-Identifier: Apache-2.0
# Stand-alone s390x programs for tests: $(OUT)/test/s390x/NAME.bin for a boot disk, NAME.elf to be firmware.

OUT ?= out
ifneq ($(filter default undefined,$(origin CC)),)
CC := clang-19
endif
ifneq ($(filter default undefined,$(origin LD)),)
LD := ld.lld-19
endif
OBJCOPY ?= llvm-objcopy-19

tools := test/support/s390x/tools
built := $(OUT)/test/s390x
# The oldest machine that the test kernel runs on. No vector registers: nobody has switched them on.
flags := --target=s390x-linux-gnu -march=z196 -std=c11 -ffreestanding -fpie -fvisibility=hidden -fdirect-access-external-data -fno-stack-protector \
	-fno-asynchronous-unwind-tables -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Werror

all: $(built)/dump_tool.bin $(built)/ipl_reader.elf

.SECONDARY:
.DELETE_ON_ERROR:

$(built)/%.o: $(tools)/%.c $(tools)/sclp.h $(tools)/tools.mk
	@mkdir -p $(@D)
	$(CC) $(flags) -c -o $@ $<

$(built)/%.o: $(tools)/%.S $(tools)/tools.mk
	@mkdir -p $(@D)
	$(CC) $(flags) -c -o $@ $<

$(built)/%.elf: $(built)/entry.o $(built)/sclp.o $(built)/%.o $(tools)/tools.ld
	$(LD) -m elf64_s390 -static -nostdlib --gc-sections --no-undefined --fatal-warnings --orphan-handling=error \
		-z max-page-size=4096 -T $(tools)/tools.ld -o $@ $(filter %.o,$^)

$(built)/%.bin: $(built)/%.elf
	$(OBJCOPY) -O binary $< $@
