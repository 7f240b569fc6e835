# The front door. `make help` lists what there is; V=1 shows the commands.

OUT := out
CC := clang-19
LD := ld.lld-19
ARCHES := x86_64 s390x arm64 riscv64 ppc64le i386

ifeq ($(V),)
MAKEFLAGS += --silent --no-print-directory
endif
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

bin := node_modules/.bin
# npm writes this file last: it is as new as what is installed.
modules := node_modules/.package-lock.json
typescript := $(shell find pipeline -name '*.ts')
embedded := $(shell find pipeline -name '*.sh' -o -name '*.json')
natives := $(foreach arch,$(ARCHES),$(addprefix $(OUT)/native/$(arch)/,purgatory.bin crashseal-load crashseal-rehearse crashseal-rearrange))

.PHONY: help setup build native manual deb debian-source tarball demo test test-unit test-e2e test-matrix check bench size repro clean generate golden fuzz

# A target that does its own set-up runs make a second time for the rest: only then has all of it been installed.

help: ## What can be made
	sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	echo
	echo "  CC=$(CC) LD=$(LD) ARCHES=$(ARCHES), built in $(OUT)/"
	echo "  downloads are kept in $${CRASHSEAL_CACHE:-$${XDG_CACHE_HOME:-~/.cache}/crashseal}"
	echo "  CRASHSEAL_S390X_KERNELS names a folder with bzImage-6.1 and bzImage-6.12 for s390x guests; else one is built"

setup: ## Install what is missing: Debian packages (as root), Node modules
	setup/setup.sh
	$(MAKE) $(modules)

build: $(OUT)/crashseal.mjs $(OUT)/third-party.txt native ## Build the tool, the loader and purgatory

demo: setup ## From a profile to a vmcore, in QEMU, with a timeline
	$(MAKE) build $(OUT)/tools/demo.mjs
	node $(OUT)/tools/demo.mjs

# Some tests need a newer QEMU than Debian 12's; without one, they say that they are skipped.
test: setup ## Run every test
	mkdir -p $(OUT)
	setup/newer-qemu.sh >/dev/null 2>$(OUT)/newer-qemu.log || cat $(OUT)/newer-qemu.log
	$(MAKE) test-unit
	$(MAKE) test-e2e

test-unit: build ## Run the tests that need no guest
	$(bin)/vitest run --project unit $(reporters) --outputFile.json=$(OUT)/test-results/unit.json

test-e2e: build ## Run the tests in QEMU
	$(bin)/vitest run --project e2e $(reporters) \
		--outputFile.json=$(OUT)/test-results/e2e.json $(TESTS)

# Hours on a slow machine, and no part of `make test`.
test-matrix: build ## Run what `make test` shows by example, in full, and what is too long for it; TESTS=FILE for a part
	$(bin)/vitest run --project matrix --no-file-parallelism $(reporters) \
		--outputFile.json=$(OUT)/test-results/matrix.json $(TESTS)

reporters := --reporter=default --reporter=json

check: setup ## Format, lint, types, stale files, dead code; C without warnings, its includes one way
	$(MAKE) native $(OUT)/tools/generate.mjs $(OUT)/tools/check-includes.mjs
	$(bin)/biome ci --error-on-warnings .
	$(bin)/tsc
	node $(OUT)/tools/generate.mjs --check
	node $(OUT)/tools/check-includes.mjs
	$(bin)/knip --no-progress

generate: $(OUT)/tools/generate.mjs ## Write the files that are derived from the format's declarations
	node $(OUT)/tools/generate.mjs

golden: build ## Rewrite the golden files; read the difference like code
	$(bin)/vitest run --project unit --update

bench: setup ## Measure against kexec-tools, mkinitramfs and dracut
	$(MAKE) build $(OUT)/tools/bench.mjs $(OUT)/native/host/bench-sha256
	node $(OUT)/tools/bench.mjs

manual: $(OUT)/tools/manual.mjs ## Write the manual pages, from docs/
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(dpkg-parsechangelog -S Timestamp)} node $< $(OUT)/man

deb: build-tool ## Build Debian packages of tool, loaders and crashseal-pull
	setup/deb.sh crashseal tool $(OUT)/deb
	setup/deb.sh crashseal-pull pull $(OUT)/deb
	$(foreach arch,$(ARCHES),setup/deb.sh crashseal-load load $(OUT)/deb $(TARGET_$(arch)) &&) true
	ls $(OUT)/deb/*.deb


debian-source: build-tool ## Make the Debian source package, with what its build would have to fetch
	rm -rf $(OUT)/debian
	setup/debian-source.sh $(OUT)/debian

tarball: build ## Build the tarball that npm installs the tool from, with the loaders
	npm pack --silent --pack-destination $(OUT)

fuzz: $(OUT)/tools/fuzz.mjs ## Let libFuzzer loose on every reader, FUZZ_SECONDS each (60); the corpus stays in out/fuzz
	node $(OUT)/tools/fuzz.mjs

size: build ## Compare what is shipped with its size budget
	setup/size.sh

repro: setup ## Build twice, elsewhere and elsewhen, and compare
	$(MAKE) build
	setup/repro.sh

clean: ## Remove everything built
	rm -rf $(OUT)

# Not `npm ci`: it stops if the registry lacks a binary package for another platform.
# This installs exactly what the lock file pins, and does not change the lock file.
$(modules): package.json package-lock.json
	npm install --no-save --no-audit --no-fund --loglevel=error
	touch $@

include purgatory/purgatory.mk
include loader/loader.mk
include setup/install.mk

native: $(natives)

# A tool for all architectures brings the loader of each, of which one at most runs where it is.
packed := $(foreach arch,$(ARCHES),$(OUT)/native/$(arch)/crashseal-rehearse.gz)
$(packed): %.gz: %
	gzip -9 --no-name --stdout $< >$@

# The entry looks at Node's version and takes the rest from the folder beside it, in parts: a verb reads what it needs.
# The syntax is that of much older Nodes, so that they come as far as the line that says which one is needed.
# Loader and purgatory images are embedded. The library for CycloneDX loads what writes XML by names that it makes up;
# we write JSON, and take it without.
$(OUT)/crashseal.mjs: $(typescript) $(embedded) $(natives) $(packed) $(modules) Makefile
	rm -rf $(OUT)/crashseal
	$(bin)/esbuild crashseal=pipeline/cli/entry.ts --bundle --splitting --platform=node --target=node12.22 --format=esm \
		--loader:.bin=binary --loader:.gz=binary --loader:.sh=text --minify --legal-comments=none --log-level=warning \
		--alias:@cyclonedx/cyclonedx-library/Serialize=./node_modules/@cyclonedx/cyclonedx-library/dist.node/serialize/index.common.js \
		'--banner:js=import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);' \
		--out-extension:.js=.mjs --outdir=$(OUT) --chunk-names=crashseal/[name]-[hash] --metafile=$(OUT)/crashseal.meta.json
	chmod +x $@

tool = $(bin)/esbuild $(1) --bundle --platform=node --target=node20 --format=esm \
	--packages=external '--external:*.bin' '--external:*.gz' --loader:.sh=text \
	--log-level=warning --outfile=$@

$(OUT)/tools/generate.mjs: $(typescript) $(modules)
	$(call tool,pipeline/derive/generate.ts)

$(OUT)/tools/check-includes.mjs: $(wildcard setup/*.ts) $(modules)
	$(call tool,setup/check-includes.ts)

$(OUT)/tools/third-party.mjs: setup/third-party.ts $(modules)
	$(call tool,setup/third-party.ts)

$(OUT)/tools/demo.mjs: $(wildcard demo/*.ts test/support/*.ts test/fixtures/*.ts) $(typescript) $(modules)
	$(call tool,demo/demo.ts)

$(OUT)/tools/manual.mjs: $(wildcard manual/*.ts) $(modules)
	$(call tool,manual/manual.ts)

$(OUT)/tools/bench.mjs: $(wildcard bench/*.ts test/support/*.ts test/fixtures/*.ts) $(typescript) $(modules)
	$(call tool,bench/bench.ts)

$(OUT)/tools/fuzz.mjs: $(wildcard test/*/*.ts) $(typescript) $(modules)
	$(call tool,test/corpus/fuzz.ts)
