# What is on a device already, by its first and last bytes.

# A device counts as blank when this much at each end is zero.
edge=$((1024 * 1024))

# What other programs put on a device, one a line: offset|bytes|name. The offsets lie in `windows`.
signatures='512|4546492050415254|a GPT partition table
4096|4546492050415254|a GPT partition table
1080|53ef|an ext2, ext3 or ext4 file system
0|58465342|an XFS file system
65600|5f42485266535f4d|a btrfs file system
512|4c4142454c4f4e45|an LVM physical volume
0|4c554b53babe|a LUKS volume
4096|fc4e2ba9|a member of an md array
0|fc4e2ba9|a member of an md array
4086|53574150535041434532|swap space
4086|535741502d5350414345|swap space
65526|53574150535041434532|swap space
1024|1020f5f2|an F2FS file system
1024|e2e1f5e0|an EROFS file system
0|68737173|a squashfs file system
65588|526549734572324673|a reiserfs file system
65588|526549734572334673|a reiserfs file system
32768|4a465331|a JFS file system
65536|01161970|a GFS2 file system
8192|4f4346535632|an OCFS2 file system
1030|3434|a NILFS2 file system
4120|c68573f64e1a45ca8265f57f48ba6d81|a bcachefs or bcache device
32769|4344303031|an ISO 9660 file system
1024|482b|an HFS+ file system
0|626c756573746f7265|a Ceph object store
32|4f52434c4449534b|an Oracle ASM disk
0|696e7465677274|a dm-integrity device
0|646d76646f303031|a VDO device
516|2153747261307469|a Stratis pool
510|55aa|a boot sector or an MBR partition table'
# start:size in 512-byte blocks
windows='0:17 64:1 127:2'

# identify FILE: the first signature found
identify() {
	{
		for window in $windows; do
			printf '%s|' "$((${window%:*} * 512))"
			dd if="$1" bs=512 skip="${window%:*}" count="${window#*:}" 2>/dev/null | hexdump -v -e '1/1 "%02x"'
			echo
		done
		printf '%s\n' "$signatures"
	} | awk -F'|' '
		NF == 2 { start[++windows] = $1; bytes[windows] = $2; next }
		{
			for (i = 1; i <= windows; i++) {
				at = 2 * ($1 - start[i])
				if (at >= 0 && substr(bytes[i], at + 1, length($2)) == $2) { print $3; exit }
			}
		}'
}

# content FILE: "blank", "ours", "unknown data", "not readable", or what it is
content() {
	size=$(device_size "$1" 2>/dev/null)
	[ -n "$size" ] || {
		echo 'not readable'
		return
	}
	[ "$(count_set "$1" 0 "$edge")" -eq 0 ] && blank_head=yes || blank_head=no
	if [ -n "$(marker_value "$1" '')" ]; then
		# A file system made since has overwritten the start of our dump, but maybe not its end.
		case $blank_head:$(peek "$1" 0 13) in
		yes:* | no:'6d 61 6b 65 64 75 6d 70 66 69 6c 65 00 ' | no:'7f 45 4c 46 '*)
			echo ours
			return
			;;
		esac
	elif [ "$blank_head" = yes ] &&
		[ "$(count_set "$1" $(((size - edge) / 4096 * 4096)) $((edge + 4096)))" -eq 0 ]; then
		echo blank
		return
	fi
	known=$(identify "$1")
	echo "${known:-unknown data}"
}
