#!/bin/bash
# Makes an ext2 image of a Debian with systemd and udev but without a kernel, below the cache folder, and prints its path.
# debian-root.sh [RELEASE SOURCES]: another release than this machine's, from that file of apt sources.
# The image is made once; its name is the digest of what makes it. Without root, fakeroot and fakechroot do the work.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=setup/bootstrap.sh
. "$here/bootstrap.sh"

# shellcheck source=/dev/null
release=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
recipe=$(cat "${BASH_SOURCE[0]}" "$here/bootstrap.sh" <(echo "$release") | sha256sum)
sources=${2:-}
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/debian-root
image=$cache/${recipe:0:16}.ext2
if [[ -e $image ]]; then
	echo "$image"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT

# The hooks' shell expands what is in single quotes.
# shellcheck disable=SC2016
bootstrap "$work" "$release" "$work/root.tar" --include=systemd,systemd-sysv,udev,fdisk,curl --format=tar \
	--customize-hook='rm -f "$1"/usr/lib/udev/hwdb.bin "$1"/usr/lib/udev/hwdb.d/*' \
	--customize-hook='rm "$1"/etc/machine-id; echo 0123456789abcdef0123456789abcdef >"$1"/etc/machine-id'
genext2fs --block-size 4096 --size-in-blocks 131072 --number-of-inodes 32768 --allow-holes \
	--tarball "$work/root.tar" "$work/root.ext2" >&2
mv "$work/root.ext2" "$image"
echo "$image"
