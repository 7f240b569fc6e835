#!/bin/bash
# Makes a Debian root with the servers of server-packages.txt, for tests that run them beside a guest, and prints
# its path. It is made once, below the cache folder: its name is the digest of this file and of the list.
# Needs root, as running the servers does: they are started with chroot.
# apt and the hooks' shell expand what is in single quotes.
# shellcheck disable=SC2016
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=$(sed 's/ .*//; /^#/d; /^$/d' "$here/server-packages.txt" | paste -sd,)
recipe=$(cat "${BASH_SOURCE[0]}" <(echo "$release $packages") | sha256sum)
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/server-root
root=$cache/${recipe:0:16}
if [[ -e $root ]]; then
	echo "$root"
	exit 0
fi
if [[ $(id -u) -ne 0 ]]; then
	echo 'server-root: only root can make a root for servers and run them in it' >&2
	exit 1
fi
mkdir -p "$cache"
# Several tests may ask at once; one makes it.
exec 9>"$cache/.lock"
flock 9
if [[ -e $root ]]; then
	echo "$root"
	exit 0
fi
work=$(mktemp -d "$cache/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT

# The archive that this machine's own sources name, and how this machine reaches it.
key=/usr/share/keyrings/debian-archive-keyring.gpg
apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$release" -v key="$key" \
		'$1 == release && $2 == "main" { print "deb [signed-by=" key "] " $3 " " $1 " " $2 }' |
	sort -u | head -n 1 >"$work/sources.list"
if [[ ! -s $work/sources.list ]]; then
	echo "server-root: no apt source for $release found" >&2
	exit 1
fi
apt-config dump | grep -E '^Acquire::(Check-|https?::|ForceIPv)' >"$work/apt.conf" || true

for try in 1 2 3; do
	mmdebstrap --quiet --mode=root --variant=essential --include="$packages" --format=directory \
		--aptopt="$work/apt.conf" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		"$release" "$work/root" "$work/sources.list" >&2 && break
	[[ $try -lt 3 ]] || exit 1
	rm -rf "$work/root"
	sleep 5
done
chmod 755 "$work/root"
mv "$work/root" "$root"
echo "$root"
