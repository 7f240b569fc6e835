#!/bin/bash
# Makes an ext2 image of a Debian with systemd and udev but without a kernel, below the cache folder, and prints its path.
# The image is made once; its name is the digest of this file. Without root, fakeroot and fakechroot do the work.
# apt and the hooks' shell expand what is in single quotes.
# shellcheck disable=SC2016
set -euo pipefail

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
recipe=$(cat "${BASH_SOURCE[0]}" <(echo "$release") | sha256sum)
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/debian-root
image=$cache/${recipe:0:16}.ext2
if [[ -e $image ]]; then
	echo "$image"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT

# The archive that this machine's own sources name, and how this machine reaches it.
key=/usr/share/keyrings/debian-archive-keyring.gpg
apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$release" -v key="$key" \
		'$1 == release && $2 == "main" { print "deb [signed-by=" key "] " $3 " " $1 " " $2 }' |
	sort -u | head -n 1 >"$work/sources.list"
if [[ ! -s $work/sources.list ]]; then
	echo "debian-root: no apt source for $release found" >&2
	exit 1
fi
apt-config dump | grep -E '^Acquire::(Check-|https?::|ForceIPv)' >"$work/apt.conf" || true

# Essential packages are included, documentation is not.
for try in 1 2 3; do
	mmdebstrap --quiet --variant=essential --include=systemd,systemd-sysv,udev,fdisk --format=tar \
		--aptopt="$work/apt.conf" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='rm -f "$1"/usr/lib/udev/hwdb.bin "$1"/usr/lib/udev/hwdb.d/*' \
		--customize-hook='rm "$1"/etc/machine-id; echo 0123456789abcdef0123456789abcdef >"$1"/etc/machine-id' \
		"$release" "$work/root.tar" "$work/sources.list" >&2 && break
	[[ $try -lt 3 ]] || exit 1
	sleep 5
done
genext2fs --block-size 4096 --size-in-blocks 131072 --number-of-inodes 32768 --allow-holes \
	--tarball "$work/root.tar" "$work/root.ext2" >&2
mv "$work/root.ext2" "$image"
echo "$image"
