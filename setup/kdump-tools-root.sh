#!/bin/bash
# Makes an ext2 image of a Debian with kdump-tools and the kernels of these packages, below the cache folder, and prints
# its path: kdump-tools-root.sh KERNEL.deb... It is what the distribution itself ships for the same job.
# The image is made once; its name is the digest of what makes it. Needs root, as installing a kernel's package does.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=setup/bootstrap.sh
. "$here/bootstrap.sh"

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
recipe=$({
	cat "${BASH_SOURCE[0]}" "$here/bootstrap.sh"
	basename --multiple "$release" "$@"
} | sha256sum)
cache=${CRASHSEAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crashseal}/kdump-tools-root
image=$cache/${recipe:0:16}.ext2
if [[ -e $image ]]; then
	echo "$image"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/kernels"
cp "$@" "$work/kernels"
export KERNELS=$work/kernels

# The kernel's own initramfs is not needed: the guest is given one. That of kdump-tools is made in the guest, which has
# the disk that it is to be for.
# The hooks' shell expands what is in single quotes.
# shellcheck disable=SC2016
bootstrap "$work" "$release" "$work/root.tar" --mode=root --format=tar \
	--include=systemd,systemd-sysv,udev,kmod,linux-base,initramfs-tools,zstd,procps,kdump-tools,makedumpfile \
	--customize-hook='echo update_initramfs=no >"$1"/etc/initramfs-tools/update-initramfs.conf' \
	--customize-hook='mkdir "$1"/tmp/kernels && cp "$KERNELS"/*.deb "$1"/tmp/kernels' \
	--customize-hook='rm "$1"/etc/kernel/postinst.d/*initramfs*' \
	--customize-hook='mv "$1"/etc/kernel/postinst.d/kdump-tools "$1"/root/' \
	--customize-hook='chroot "$1" sh -c "dpkg --install /tmp/kernels/*.deb && rm -r /tmp/kernels"' \
	--customize-hook='mv "$1"/root/kdump-tools "$1"/etc/kernel/postinst.d/' \
	--customize-hook='sed -i s/USE_KDUMP=.*/USE_KDUMP=1/ "$1"/etc/default/kdump-tools' \
	--customize-hook='echo "/dev/vda / ext4 defaults 0 1" >"$1"/etc/fstab' \
	--customize-hook='rm "$1"/etc/machine-id; echo 0123456789abcdef0123456789abcdef >"$1"/etc/machine-id'
genext2fs --block-size 4096 --size-in-blocks 524288 --number-of-inodes 131072 --allow-holes \
	--tarball "$work/root.tar" "$work/root.ext2" >&2
mv "$work/root.ext2" "$image"
echo "$image"
