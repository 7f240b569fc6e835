#!/bin/bash
# Makes the Debian source package, in FOLDER: debian-source.sh FOLDER
# The libraries are the very archives that setup/source-pins names. The modules are those of package-lock.json that the
# tool was built from, by esbuild's own account, and esbuild itself, for machines like this one.
# Needs what `make build` has built. The same checkout gives the same bytes.
set -euo pipefail
folder=$1
here=$(dirname "${BASH_SOURCE[0]}")
export LC_ALL=C TZ=UTC
umask 022

version=$(dpkg-parsechangelog -S Version)
upstream=${version%-*}
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp)
export SOURCE_DATE_EPOCH
mkdir -p "$folder"
work=$(mktemp -d "$folder/.source-XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/crashseal-$upstream
orig=crashseal_$upstream.orig

pack() { # archive, folder that its files are in, name that they get
	tar --create --directory "$2" --transform "s|^\.|$3|" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" . | xz --threads=1 >"$work/$1"
}

# This checkout, but for its debian/, which goes into an archive of its own.
mkdir "$tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	[[ ! -f $file || $file == debian/* ]] || cp --parents "$file" "$tree"
done
pack "$orig.tar.xz" "$tree" "crashseal-$upstream"

# Of each module only what the tool was made of, and what says who may do what with it.
node -e '
	const { inputs } = JSON.parse(fs.readFileSync("out/crashseal.meta.json", "utf8"));
	const files = Object.keys(inputs).filter((path) => path.startsWith("node_modules/"));
	const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
	const esbuild = `node_modules/@esbuild/linux-${process.arch}`;
	files.push(`${esbuild}/bin/esbuild`);
	for (const module of new Set([...files.map((path) => folder.exec(path)[0]), "node_modules/esbuild"]))
		for (const name of fs.readdirSync(module))
			if (/^(licen[cs]e|copying|notice|package\.json)/i.test(name)) files.push(`${module}/${name}`);
	process.stdout.write(files.join("\n"));
' >"$work/modules"
mkdir "$tree/modules"
xargs --arg-file "$work/modules" cp --parents --target-directory "$tree/modules"
# npm writes it last, and make looks at its age.
touch "$tree/modules/node_modules/.package-lock.json"
pack "$orig-modules.tar.xz" "$tree/modules" modules

for library in bearssl:bearssl device-tree-compiler:libfdt; do
	package=${library%:*} component=${library#*:}
	digest=$(awk -v package="$package" '$1 == package { print $3 }' "$here/source-pins")
	archive=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/sources/$digest.tar.xz
	# The archive is in the cache, unless that was emptied since.
	[[ -e $archive ]] || "$here/fetch-source.sh" "$package" "$work/$component"
	cp "$archive" "$work/$orig-$component.tar.xz"
	mkdir "$tree/$component"
	tar --extract --directory "$tree/$component" --strip-components=1 --no-same-owner --file "$archive"
done

cp --recursive debian "$tree/debian"
(cd "$work" && dpkg-source --build "crashseal-$upstream" >dpkg-source.log) || {
	cat "$work/dpkg-source.log" >&2
	exit 1
}
mv "$work/crashseal_"* "$folder"
echo "$folder/crashseal_$version.dsc"
