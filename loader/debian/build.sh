#!/bin/bash
# Builds crashseal-load_VERSION_ARCH.deb from what make has built: the same bytes from the same files, without root.
# Usage: build.sh ARCH FOLDER TARGET, ARCH as in out/native, TARGET as compilers call it; MANUAL names the folder
# with the manual pages.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
machine=$1
folder=$2
# It would warn that the compiler here is for another one.
architecture=$(dpkg-architecture --host-type "$3" --query DEB_HOST_ARCH 2>/dev/null)

umask 022
export LC_ALL=C TZ=UTC
changelog() { dpkg-parsechangelog -l "$here/changelog" -S "$1"; }
version=$(changelog Version)
SOURCE_DATE_EPOCH=$(changelog Timestamp)
export SOURCE_DATE_EPOCH

mkdir -p "$folder"
root=$(mktemp -d "$folder/.$architecture-XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
share=$root/usr/share

put() { # mode, source, target
	install -D -m "$1" "$2" "$root/$3"
}
put 755 "out/native/$machine/crashseal-load" usr/sbin/crashseal-load
put 755 "$here/../../pipeline/targets/ssh/receive-dump.sh" usr/lib/crashseal/receive-dump
put 755 "out/native/$machine/crashseal-rearrange" usr/lib/crashseal/crashseal-rearrange
put 755 "$here/../savecore/crashseal-savecore" usr/sbin/crashseal-savecore
put 755 "$here/../setup-check/crashseal-setup-check" usr/sbin/crashseal-setup-check
put 755 "$here/../pull/crashseal-pull" usr/sbin/crashseal-pull
sed -i "s|@VERSION@|$version|" "$root"/usr/sbin/crashseal-{savecore,setup-check,pull}
for unit in "$here"/../systemd/*; do put 644 "$unit" "lib/systemd/system/${unit##*/}"; done
units=$here/../systemd-$machine
[ ! -d "$units" ] ||
	while read -r unit; do put 644 "$units/$unit" "lib/systemd/system/$unit"; done < <(cd "$units" && find . -type f | sort)
put 644 "$here/../udev/80-crashseal-rearm.rules" lib/udev/rules.d/80-crashseal-rearm.rules
put 644 "$here/copyright" usr/share/doc/crashseal-load/copyright
put 644 "$here/lintian-overrides" usr/share/lintian/overrides/crashseal-load
mkdir -p "$share/man/man5" "$share/man/man8" "$root/etc/crashseal/collected.d"
for page in crashseal-load crashseal-savecore crashseal-setup-check crashseal-pull; do gzip -9n <"$MANUAL/$page.8" >"$share/man/man8/$page.8.gz"; done
gzip -9n <"$MANUAL/crashseal-bundle.5" >"$share/man/man5/crashseal-bundle.5.gz"
gzip -9n <"$here/changelog" >"$share/doc/crashseal-load/changelog.gz"

size=$(cd "$root" && find . -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
mkdir "$root/DEBIAN"
(cd "$root" && find usr lib -type f | sort | xargs md5sum) >"$root/DEBIAN/md5sums"
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@INSTALLED_SIZE@|$size|" \
	-e "s|@MAINTAINER@|$(changelog Maintainer)|" \
	"$here/control.in" >"$root/DEBIAN/control"
for script in postinst prerm postrm; do put 755 "$here/$script" "DEBIAN/$script"; done
chmod 644 "$root/DEBIAN/md5sums" "$root/DEBIAN/control"

# Every file as old as the last change that is told of: dpkg-deb only makes younger ones older.
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$folder/crashseal-load_${version}_$architecture.deb" >/dev/null
