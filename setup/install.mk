# SPDX-License-Identifier: Apache-2.0
#
# Where each built file goes on a system: the one place that says so, for `make install` and for packages alike.
# DESTDIR is a folder to collect files in, PREFIX where they will be found. The same files with the same modes, whatever
# the umask; nothing names DESTDIR. crashseal finds its parts from its own place, so a tree can be moved as a whole.
# Included by the Makefile.

DESTDIR ?=
PREFIX ?= /usr/local
# Where a distribution has other folders.
UNITDIR ?= $(PREFIX)/lib/systemd/system
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
# For install-load: the machine as compilers call it, and that as in out/native.
MACHINE ?= $(subst ppc64,powerpc64,$(shell uname -m))
ARCH ?= $(strip $(foreach arch,$(ARCHES),$(if $(filter $(MACHINE)-%,$(TARGET_$(arch))),$(arch))))

version = $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)

# $(1): mode; $(2): file; $(3): where it goes
put = install -D --mode=$(1) $(2) $(DESTDIR)$(3)
# The same for what names its version and programs by path.
put_named = $(put) && sed --in-place -e 's|@VERSION@|$(version)|' -e 's|/usr/sbin/crashseal-|$(PREFIX)/sbin/crashseal-|g' \
	-e 's|/usr/lib/crashseal/|$(PREFIX)/lib/crashseal/|g' $(DESTDIR)$(3)
# $(1): name.section
put_page = $(call put,644,$(OUT)/man/$(1),$(PREFIX)/share/man/man$(subst .,,$(suffix $(1)))/$(1))

.PHONY: install install-tool install-load install-pull build-tool build-load build-pull

install: install-tool install-pull ## Install tool, loaders, manual pages and crashseal-pull below $(DESTDIR)$(PREFIX)

build-tool: build manual $(addprefix $(OUT)/completion/,bash zsh fish)

# Parts of the tool from an earlier build would stay: their names are those of their content.
install-tool: build-tool
	rm -rf $(DESTDIR)$(PREFIX)/lib/crashseal/crashseal
	$(call put,755,$(OUT)/crashseal.mjs,$(PREFIX)/lib/crashseal/crashseal.mjs)
	for part in $(OUT)/crashseal/*; do $(call put,644,$$part,$(PREFIX)/lib/crashseal/crashseal/$${part##*/}); done
	install -d --mode=755 $(DESTDIR)$(PREFIX)/bin
	ln -sfn ../lib/crashseal/crashseal.mjs $(DESTDIR)$(PREFIX)/bin/crashseal
	for arch in $(ARCHES); do $(call put,755,$(OUT)/native/$$arch/crashseal-load,$(PREFIX)/lib/crashseal/native/$$arch/crashseal-load); done
	$(call put_page,crashseal.1)
	$(call put_page,crashseal-profile.5)
	$(call put_page,crashseal-bundle.5)
	$(call put,644,$(OUT)/completion/bash,$(PREFIX)/share/bash-completion/completions/crashseal)
	$(call put,644,$(OUT)/completion/zsh,$(ZSHDIR)/_crashseal)
	$(call put,644,$(OUT)/completion/fish,$(PREFIX)/share/fish/vendor_completions.d/crashseal.fish)
	$(call put,644,docs/profile.schema.json,$(PREFIX)/share/crashseal/profile.schema.json)
	$(call put,644,$(OUT)/third-party.txt,$(PREFIX)/share/doc/crashseal/third-party.txt)
	cd profiles && for file in $$(find . -name '*.yaml' | sort); do $(call put,644,$$file,$(PREFIX)/share/doc/crashseal/examples/profiles/$${file#./}); done
	cd deploy && for file in $$(find . -type f | sort); do $(call put,644,$$file,$(PREFIX)/share/doc/crashseal/examples/deploy/$${file#./}); done

$(OUT)/completion/%: $(OUT)/crashseal.mjs
	@mkdir -p $(@D)
	node $< completion $* >$@

# Licences ask for their texts beside every copy; esbuild's --legal-comments=none leaves them out of the tool.
$(OUT)/third-party.txt: $(OUT)/tools/third-party.mjs $(OUT)/crashseal.mjs $(LOADER_LIBRARY_HEADERS)
	node $< $(OUT)/crashseal.meta.json $(LIBRARIES) >$@

# What a machine needs that is to leave a dump. Units and udev rule are in place, not enabled.
build-load: $(OUT)/native/$(ARCH)/crashseal-load $(OUT)/native/$(ARCH)/crashseal-rearrange manual
install-load: build-load
	$(call put,755,$(OUT)/native/$(ARCH)/crashseal-load,$(PREFIX)/sbin/crashseal-load)
	$(call put,755,$(OUT)/native/$(ARCH)/crashseal-rearrange,$(PREFIX)/lib/crashseal/crashseal-rearrange)
	$(call put,755,pipeline/targets/ssh/receive-dump.sh,$(PREFIX)/lib/crashseal/receive-dump)
	$(call put_named,755,loader/savecore/crashseal-savecore,$(PREFIX)/sbin/crashseal-savecore)
	$(call put_named,755,loader/setup-check/crashseal-setup-check,$(PREFIX)/sbin/crashseal-setup-check)
	for unit in $(filter-out $(pull_units),$(wildcard loader/systemd/*)); do $(call put_named,644,$$unit,$(UNITDIR)/$${unit##*/}); done
	for unit in $(patsubst loader/systemd-$(ARCH)/%,%,$(wildcard loader/systemd-$(ARCH)/*.path loader/systemd-$(ARCH)/*/*)); do \
		$(call put_named,644,loader/systemd-$(ARCH)/$$unit,$(UNITDIR)/$$unit); done
	$(call put,644,loader/udev/80-crashseal-rearm.rules,$(UDEVDIR)/80-crashseal-rearm.rules)
	$(call put_page,crashseal-load.8)
	$(call put_page,crashseal-savecore.8)
	$(call put_page,crashseal-setup-check.8)
	install -d --mode=755 $(DESTDIR)/etc/crashseal/collected.d

# A shell script: the same for every architecture.
pull_units := loader/systemd/crashseal-pull.service loader/systemd/crashseal-pull.timer
build-pull: manual
install-pull: build-pull
	$(call put_named,755,loader/pull/crashseal-pull,$(PREFIX)/sbin/crashseal-pull)
	for unit in $(pull_units); do $(call put_named,644,$$unit,$(UNITDIR)/$${unit##*/}); done
	$(call put_page,crashseal-pull.8)
