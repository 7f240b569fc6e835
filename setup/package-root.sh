#!/bin/bash
# Makes a clean Debian root with what our packages depend on and nothing of ours, for tests that install them, and prints
# its path. package-root.sh RELEASE SOURCES: of that release, from that file of apt sources.
# It is made once, below the cache folder: its name is the digest of what makes it.
# Needs root, as running in it does.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=setup/bootstrap.sh
. "$here/bootstrap.sh"
release=$1
# Read by bootstrap.
# shellcheck disable=SC2034
sources=$2

packages=apt,apt-utils,busybox-static,curl,dpkg-dev,kmod,linux-image-cloud-amd64,makedumpfile,nodejs,systemd,zstd
recipe=$(cat "${BASH_SOURCE[0]}" "$here/bootstrap.sh" <(echo "$release") | sha256sum)
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/package-root
root=$cache/${recipe:0:16}
mkdir -p "$cache"
# Several tests may ask at once; one makes it.
exec 9>"$cache/.lock"
flock 9
if [[ ! -e $root ]]; then
	if [[ $(id -u) -ne 0 ]]; then
		echo 'package-root: only root can make a root for packages and install them in it' >&2
		exit 1
	fi
	work=$(mktemp -d "$cache/.new-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	bootstrap "$work" "$release" "$work/root" --mode=root --include="$packages" --format=directory
	chmod 755 "$work/root"
	mv "$work/root" "$root"
fi
echo "$root"
