#!/bin/bash
# Unpacks a QEMU that has the SHA instructions (10 or later; Debian 12 has 7.2) below the cache folder, and
# prints the path of a program that runs it. Installs nothing. Exits with 1 if it cannot get one.
set -euo pipefail

wanted=10
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/qemu-$wanted
program=$cache/qemu-system-x86_64

major() { "$1" -version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p'; }

# Ends this script when there is one.
look() {
	for found in qemu-system-x86_64 "$program"; do
		version=$(major "$found" || true)
		if [[ ${version:-0} -ge $wanted ]]; then
			command -v "$found"
			exit 0
		fi
	done
}
look
# Several checkouts may ask at once; one unpacks it.
mkdir -p "$(dirname "$cache")"
exec 9>"$cache.lock"
flock 9
look

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
backports=$release-backports
rm -rf "$cache"
mkdir -p "$cache"/apt/{lists/partial,cache/archives/partial}
trap 'rm -rf "$cache/apt"' EXIT

# The archive that this machine's own sources name; the release's backports are in the same place.
key=/usr/share/keyrings/debian-archive-keyring.gpg
apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$release" -v suite="$backports" -v key="$key" '$1 == release && $2 == "main" {
		print "deb [signed-by=" key "] " $3 " " suite " main"
		print "deb [signed-by=" key "] " $3 " " release " main" }' |
	sort -u >"$cache/apt/sources.list"
if [[ ! -s $cache/apt/sources.list ]]; then
	echo "newer-qemu: no apt source for $release found" >&2
	exit 1
fi

# Pretend that no QEMU is installed: apt then names this one and only the libraries that are missing.
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^Package: (qemu|seabios)/' /var/lib/dpkg/status >"$cache/apt/status"

options=(-q -y
	-o "Dir::Etc::SourceList=$cache/apt/sources.list" -o Dir::Etc::SourceParts=-
	-o "Dir::State::Lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt/cache"
	-o "Dir::State::Status=$cache/apt/status"
	-o APT::Install-Recommends=false -o Debug::NoLocking=1 -o APT::Sandbox::User=)
for try in 1 2 3; do
	if apt-get "${options[@]}" update >&2 &&
		apt-get "${options[@]}" --download-only -t "$backports" install qemu-system-x86 >&2; then break; fi
	[[ $try -lt 3 ]] || exit 1
	sleep 5
done

mkdir "$cache/root"
for deb in "$cache"/apt/cache/archives/*.deb; do
	dpkg-deb --extract "$deb" "$cache/root"
done
cat >"$program" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$0")/root/usr
LD_LIBRARY_PATH=$here/lib/x86_64-linux-gnu QEMU_MODULE_DIR=$here/lib/x86_64-linux-gnu/qemu \
	exec "$here/bin/qemu-system-x86_64" -L "$here/share/qemu" -L "$here/share/seabios" -L /usr/share/seabios "$@"
WRAPPER
chmod +x "$program"
version=$(major "$program" || true)
if [[ ${version:-0} -lt $wanted ]]; then
	echo "newer-qemu: what was unpacked does not run" >&2
	exit 1
fi
echo "$program"
