# A file system on a block device, a root file system as good as any other.

kernel_settings=/proc/sys

# Ext4 panics at an error if its superblock says so: another panic here would take the next target's chance.
mount_options() {
	case $1 in
	ext4) echo noatime,errors=remount-ro ;;
	btrfs) echo noatime,commit=5 ;;
	vfat) echo noatime,errors=remount-ro,umask=0077 ;;
	*) echo noatime ;;
	esac
}

# kernel_says NAME: the last words of the kernel about this device
kernel_says() { dmesg | sed -n "s/^\(<[0-9]*>\)\?\[[^]]*\] *//; /[( ]$1[): ]/p" | tail -n 1; }

# write_back_early: a machine that is reset meanwhile keeps what was written some seconds before. Else the kernel
# chooses the place of a file's bytes after half a minute only, and until then the file has none. In hundredths of a
# second. Nobody syncs meanwhile: who does that is told of an error, and at the end nobody would be told any more.
write_back_early() {
	{
		echo 100 >"$kernel_settings/vm/dirty_writeback_centisecs"
		echo 300 >"$kernel_settings/vm/dirty_expire_centisecs"
		[ ! -e "$kernel_settings/fs/xfs" ] || echo 500 >"$kernel_settings/fs/xfs/xfssyncd_centisecs"
	} 2>/dev/null
}

# mount_filesystem TYPE: the device at $mounted, to be written
mount_filesystem() {
	mkdir -p "$mounted"
	before=$(kernel_says "${device##*/}")
	# Replays the journal of the machine that crashed.
	why=$(mount -t "$1" -o "$(mount_options "$1")" "$device" "$mounted" 2>&1) || {
		words=$(kernel_says "${device##*/}")
		[ "$words" != "$before" ] || words=
		fail "the $1 file system on $device cannot be mounted: ${why##*: }${words:+ ($words)}"
	}
	# busybox mounts what is write-protected all the same.
	case $(awk -v at="$mounted" '$2 == at { print $4 }' /proc/mounts) in
	rw | rw,*) write_back_early ;;
	*) fail "the $1 file system on $device can only be read" ;;
	esac
}

filesystem_open() {
	mounted=$run/mounted-$target_number
	set_online
	wait_for_device
	uses "${device##*/}"
	mount_filesystem "$(superblock "$device" | cut -d ' ' -f 1)"
	open_files "$mounted" "$device:"
	say "$(files_free) MiB are free for the dump in $files_shown"
}

filesystem_store() { store_file "$1"; }

filesystem_finish() {
	finish_files
	# All of it is on the device already.
	umount "$mounted" || true
}

filesystem_close() {
	mounted=$run/mounted-$target_number
	umount "$mounted" 2>/dev/null || umount -l "$mounted" 2>/dev/null
}
