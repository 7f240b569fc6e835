#!/bin/bash
# Builds the s390x test kernel from a Debian linux-source package:
#
#     setup/s390x-kernel.sh LINUX-SOURCE.deb CONFIG BZIMAGE
#
# It takes six to twelve minutes on two cores, and two GiB of disk. The caller keeps the result.
set -euo pipefail
[[ $# -eq 3 ]] || { echo 'usage: setup/s390x-kernel.sh LINUX-SOURCE.deb CONFIG BZIMAGE' >&2; exit 2; }
package=$1 config=$(realpath "$2") image=$(realpath -m "$3")

mkdir -p "$(dirname "$image")"
work=$(mktemp -d "$image.build.XXXXXX")
trap 'rm -rf "$work"' EXIT

dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work" --wildcards './usr/src/linux-source-*.tar.xz'
mkdir "$work/linux"
# Half of the tree is never looked at.
tar -xJf "$work"/usr/src/linux-source-*.tar.xz -C "$work/linux" --strip-components=1 --wildcards \
	--exclude='*/Documentation/*/*' --exclude='*/drivers/gpu/drm/amd/include/*' \
	--exclude='*/arch/*/boot/dts/*' --exclude='*/tools/testing/*'
rm -r "${work:?}/usr"

build=(nice make -s -C "$work/linux" ARCH=s390 CROSS_COMPILE=s390x-linux-gnu-
	KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=crashseal KBUILD_BUILD_HOST=test)
"${build[@]}" KCONFIG_ALLCONFIG="$config" allnoconfig
# The kernel's configuration drops an option without a word if its dependencies are not met.
missing=$(grep '^CONFIG_' "$config" | grep -vxFf "$work/linux/.config" || true)
if [[ -n $missing ]]; then
	printf 'error: the kernel does not take these options:\n%s\n' "$missing" >&2
	exit 1
fi
"${build[@]}" -j"$(nproc)" bzImage
mv "$work/linux/arch/s390/boot/bzImage" "$image"
