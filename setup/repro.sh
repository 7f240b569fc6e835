#!/bin/bash
# Builds the same sources twice, with different path, time zone, umask and file order, and compares the results.
set -euo pipefail

scratch=out/repro
rm -rf "$scratch"

build() { # folder, time zone, umask, how to order the files
	local copy=$scratch/$1
	mkdir -p "$copy"
	git ls-files -z --cached --others --exclude-standard | $4 | while IFS= read -r -d '' file; do
		[[ ! -f $file ]] || cp --parents "$file" "$copy"
	done
	# Linked, not copied: node looks for modules below the path of this build.
	cp -al node_modules "$copy/node_modules"
	# Sources from other projects are pinned by digest; one copy serves.
	[[ ! -d out/bearssl ]] || { mkdir -p "$copy/out" && cp -al out/bearssl "$copy/out/bearssl"; }
	(umask "$3" && TZ=$2 make -s -C "$copy" -o node_modules/.package-lock.json build)
	(cd "$copy/out" && find crashseal.mjs crashseal native -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) \
		>"$scratch/$1.sha256"
}

build one UTC 022 "sort -z"
build another/and/deeper Asia/Kathmandu 077 "sort -rz"

if diff "$scratch/one.sha256" "$scratch/another/and/deeper.sha256"; then
	wc -l <"$scratch/one.sha256" | xargs printf '%d files, the same bytes twice\n'
	rm -rf "$scratch"
else
	echo "the two builds differ" >&2
	exit 1
fi
