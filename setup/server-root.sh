#!/bin/bash
# Makes a Debian root with the servers of server-packages.txt, for tests that run them beside a guest, and prints
# its path. It is made once, below the cache folder: its name is the digest of what makes it and of the list.
# Needs root, as running the servers does: they are started with chroot.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=setup/bootstrap.sh
. "$here/bootstrap.sh"

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=$(sed 's/ .*//; /^#/d; /^$/d' "$here/server-packages.txt" | paste -sd,)
recipe=$(cat "${BASH_SOURCE[0]}" "$here/bootstrap.sh" <(echo "$release $packages") | sha256sum)
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

bootstrap "$work" "$release" "$work/root" --mode=root --include="$packages" --format=directory \
	--dpkgopt='path-exclude=/usr/share/man/*'
chmod 755 "$work/root"
mv "$work/root" "$root"
echo "$root"
