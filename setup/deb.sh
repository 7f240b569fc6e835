#!/bin/bash
# Builds PACKAGE_VERSION_ARCH.deb from what make has built: the same bytes from the same files, without root or debhelper.
# Usage: deb.sh PACKAGE PART FOLDER [TARGET], PART as in `make install-PART`, TARGET as compilers call the architecture.
# All that is particular to a package is in debian/ and in setup/install.mk, which the source package uses as well.
set -euo pipefail
package=$1 part=$2 folder=$3
# It would warn that the compiler here is for another one.
eval "$(dpkg-architecture ${4:+--host-type "$4"} --print-set --force 2>/dev/null)"

umask 022
export LC_ALL=C TZ=UTC
changelog() { dpkg-parsechangelog -S "$1"; }
version=$(changelog Version)
SOURCE_DATE_EPOCH=$(changelog Timestamp)
export SOURCE_DATE_EPOCH

mkdir -p "$folder"
root=$(mktemp -d "$(realpath "$folder")/.$package-XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# What a make above has said is not for this one.
env -u MAKEFLAGS -u MAKELEVEL make -s --no-print-directory -f debian/rules "layout-$part" DESTDIR="$root"

# As debhelper does it.
document=$root/usr/share/doc/$package
install -D -m 644 debian/copyright "$document/copyright"
install -D -m 644 debian/changelog "$document/changelog.Debian"
install -D -m 644 CHANGELOG.md "$document/changelog"
[[ ! -e debian/$package.lintian-overrides ]] ||
	install -D -m 644 "debian/$package.lintian-overrides" "$root/usr/share/lintian/overrides/$package"
find "$root/usr/share/man" -type f -exec gzip -9n {} +
find "$document" -path '*/examples' -prune -o -type f ! -name copyright \( -name 'changelog*' -o -size +4k \) -exec gzip -9n {} +

mkdir "$root/DEBIAN"
for script in postinst prerm postrm; do
	[[ ! -e debian/$package.$script ]] || install -m 755 "debian/$package.$script" "$root/DEBIAN/$script"
done
# dpkg-gencontrol replaces the list of files that it writes: one of its own, and never a name that others use.
# It counts what is there: the digests come later, as they do with debhelper.
notes=$(mktemp -d "$(realpath "$folder")/.$package-XXXXXX")
trap 'rm -rf "$root" "$notes"' EXIT
echo misc:Depends= >"$notes/substvars"
dpkg-gencontrol -p"$package" -P"$root" -T"$notes/substvars" -f"$notes/files" -O"$root/DEBIAN/control"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/md5sums" "$root/DEBIAN/control"

# Every file as old as the last change that is told of: dpkg-deb only makes younger ones older.
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
architecture=$(sed -n 's/^Architecture: //p' "$root/DEBIAN/control")
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$folder/${package}_${version}_$architecture.deb" >/dev/null
