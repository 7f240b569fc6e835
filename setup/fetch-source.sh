#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Unpacks the source of a Debian package that setup/source-pins names:
#
#     setup/fetch-source.sh PACKAGE DIRECTORY
#
# The archive comes from the cache, or from the Debian archive that this machine already uses:
# the script turns the machine's apt sources into source-package lines and uses them with a private
# state folder, so it needs no root and changes nothing. Only the digest decides which archive is
# accepted. Fetched archives stay in the cache, named by digest:
# ${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/sources/

set -eu

ATTEMPTS=4

say() { printf 'fetch-source: %s\n' "$*" >&2; }
die() {
	printf 'error: %s\n' "$1" >&2
	shift
	for hint in "$@"; do printf '  hint: %s\n' "$hint" >&2; done
	exit 1
}

[ $# -eq 2 ] || { echo 'usage: setup/fetch-source.sh PACKAGE DIRECTORY' >&2; exit 2; }
package=$1
directory=$2

here=$(cd "$(dirname "$0")" && pwd)
pins=$here/source-pins
pin=$(awk -v package="$package" '!/^#/ && $1 == package { print $2, $3, $5 }' "$pins")
[ -n "$pin" ] || die "no source package \"$package\" in setup/source-pins"
# shellcheck disable=SC2086 # three words
set -- $pin "$directory"
archive=$1
digest=$2
release=
[ $# -eq 3 ] || release=$3

cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/crashseal}
case $cache in
/.cache/*) die 'no place for the cache: HOME is not set' 'set CRASHSEAL_CACHE' ;;
/*) ;;
*) cache=$PWD/$cache ;;
esac
cached=$cache/sources/$digest.tar.xz

for tool in tar xz sha256sum; do
	command -v "$tool" >/dev/null || die "$tool is not installed" 'run setup/setup.sh'
done

has_digest() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$digest  -" ]; }

work=
clean() { [ -z "$work" ] || rm -rf "$work"; }
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The machine's apt sources as source-package lines, in $1. One-line format: the first word;
# deb822: the Types field. Existing deb-src lines stay.
write_sources() {
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	mkdir -p "$1"
	number=0
	for file in "${list:-}" "${parts:-}"/*.list "${parts:-}"/*.sources; do
		[ -r "$file" ] && [ -f "$file" ] || continue
		number=$((number + 1))
		case $file in
		*.sources)
			awk '
				tolower($1) == "types:" { print "Types: deb-src"; next }
				!/^#/ { print }
			' "$file" >"$1/$number.sources"
			;;
		*)
			awk '
				$1 == "deb" || $1 == "deb-src" { $1 = "deb-src"; if (!seen[$0]++) print }
			' "$file" >"$1/$number.list"
			;;
		esac
	done
	[ "$number" -gt 0 ] || return 1
}

# The same for that release, in the archives that have the machine's own (`bookworm`, not `bookworm-updates`).
# apt need not trust them: the digest decides.
write_release_sources() {
	mkdir -p "$1"
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v release="$release" '
			$1 !~ /-/ && $2 == "main" { print "deb-src [trusted=yes]", $3, release, "main" }
		' |
		sort -u >"$1/release.list"
	[ -s "$1/release.list" ]
}

# Fetches the archive into $work. An index that cannot be fetched is not an error here: another
# one may name the package.
fetch() {
	command -v apt-get >/dev/null ||
		die "$archive is not in the cache, and there is no apt-get to fetch it with" \
			"put the file in place as $cached"
	"write_${release:+release_}sources" "$work/sources" ||
		die 'apt on this machine has no sources to derive source packages from'
	mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/download"
	attempt=1
	while :; do
		say "fetching $archive with apt (attempt $attempt of $ATTEMPTS)"
		(
			cd "$work/download"
			set -- -q \
				-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
				-o Dir::State="$work/state" -o Dir::State::status=/dev/null -o Dir::State::lists="$work/state/lists" \
				-o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
				-o Acquire::Languages=none -o Acquire::Retries=3
			apt-get "$@" update || true
			apt-get "$@" source --download-only --tar-only "$package"
		) >"$work/log" 2>&1 || true
		[ ! -f "$work/download/$archive" ] || return 0
		attempt=$((attempt + 1))
		if [ "$attempt" -gt "$ATTEMPTS" ]; then
			tail -n 15 "$work/log" | sed 's/^/  | /' >&2
			die "apt did not bring $archive" \
				'see whether the apt sources of this machine can be reached and offer source packages' \
				"or put the file, SHA-256 $digest, in place as $cached"
		fi
		sleep $((attempt * 2)) # an index may be in the middle of an update
	done
}

# Only one run at a time. If another run has just finished the work, there is nothing to do.
mkdir -p "$(dirname "$directory")"
exec 9>"$directory.lock"
if command -v flock >/dev/null; then flock 9; fi
if [ "$(cat "$directory/.digest" 2>/dev/null)" = "$digest" ]; then exit 0; fi

if ! has_digest "$cached"; then
	mkdir -p "$cache/sources"
	work=$(mktemp -d "$cache/sources/.fetch.XXXXXX")
	fetch
	has_digest "$work/download/$archive" ||
		die "$archive as fetched has SHA-256 $(sha256sum <"$work/download/$archive" | cut -d' ' -f1), not $digest" \
			'the Debian archive that this machine uses holds another version; update setup/source-pins with care'
	mv "$work/download/$archive" "$cached"
fi

# Unpacked beside its place and renamed, so that an interrupted run leaves nothing half done.
rm -rf "$directory.new"
mkdir -p "$directory.new"
tar -xJf "$cached" -C "$directory.new" --strip-components=1 --no-same-owner
echo "$digest" >"$directory.new/.digest"
rm -rf "$directory"
mv "$directory.new" "$directory"
