#!/bin/bash
# Installs the Debian packages of debian-packages.txt that are missing. Without root it prints the one line to run.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

missing=()
while read -r package _; do
	[[ -z $package || $package == \#* ]] && continue
	state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
	[[ $state == "install ok installed" ]] || missing+=("$package")
done <"$here/debian-packages.txt"
[[ ${#missing[@]} -gt 0 ]] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [[ $(id -u) -ne 0 ]]; then
	echo "These Debian packages are missing; please run:" >&2
	echo "  sudo apt-get update && sudo ${install[*]}" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# A mirror may be in the middle of an update: then it has the index and not the packages. So try both more than once.
for try in 1 2 3 4; do
	if apt-get -q update && "${install[@]}" -q; then exit 0; fi
	[[ $try -eq 4 ]] || sleep $((try * 10))
done
exit 1
