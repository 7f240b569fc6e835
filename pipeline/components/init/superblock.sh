# File systems by their superblocks: there is no udev that would keep a list of them.

# superblock FILE: "TYPE UUID LABEL DEVICES" of the file system that is on it; UUID in lower case, LABEL in hex, "-" for none.
# Offsets: Linux fs/ext4/ext4.h, fs/xfs/libxfs/xfs_format.h, include/uapi/linux/btrfs_tree.h, msdos_fs.h.
superblock() {
	for window in 0:4 128:2; do
		dd if="$1" bs=512 skip="${window%:*}" count="${window#*:}" 2>/dev/null | hexdump -v -e '1/1 "%02x"'
		echo
	done | awk '
		function at(offset, count) {
			return offset < 65536 ? substr(head, 2 * offset + 1, 2 * count) : substr(tail, 2 * (offset - 65536) + 1, 2 * count)
		}
		function uuid(hex) {
			return substr(hex, 1, 8) "-" substr(hex, 9, 4) "-" substr(hex, 13, 4) "-" substr(hex, 17, 4) "-" substr(hex, 21)
		}
		function serial(hex) {
			return substr(hex, 7, 2) substr(hex, 5, 2) "-" substr(hex, 3, 2) substr(hex, 1, 2)
		}
		# Up to a first zero byte.
		function ended(hex, i) {
			for (i = 1; i < length(hex) && substr(hex, i, 2) != "00"; i += 2);
			return substr(hex, 1, i - 1)
		}
		# FAT fills up with blanks; "NO NAME" is none.
		function padded(hex) {
			sub(/(20)+$/, "", hex)
			return hex == "4e4f204e414d45" ? "" : hex
		}
		function tell(type, id, label, devices) {
			print type, id, (label == "" ? "-" : label), devices
			exit
		}
		NR == 1 { head = $0 }
		NR == 2 { tail = $0 }
		END {
			# A journal on a device of its own has the magic, too: INCOMPAT_JOURNAL_DEV, 8.
			if (at(1080, 2) == "53ef" && at(1120, 1) !~ /[89a-f]$/) tell("ext4", uuid(at(1128, 16)), ended(at(1144, 16)), 1)
			if (at(0, 4) == "58465342") tell("xfs", uuid(at(32, 16)), ended(at(108, 12)), 1)
			if (at(65600, 8) == "5f42485266535f4d")
				tell("btrfs", uuid(at(65568, 16)), ended(at(65835, 256)), at(65672, 8) == "0100000000000000" ? 1 : "several")
			if (at(510, 2) != "55aa") exit
			if (at(82, 8) == "4641543332202020") tell("vfat", serial(at(67, 4)), padded(at(71, 11)), 1)
			if (at(54, 4) == "46415431") tell("vfat", serial(at(39, 4)), padded(at(43, 11)), 1)
		}'
}

hex_of() { printf %s "$1" | hexdump -v -e '1/1 "%02x"'; }

# is_md_member FILE: does it end in what mdadm writes (metadata 1.0 or 0.90)? Its own file system begins at its first byte.
is_md_member() {
	size=$(device_size "$1") || return
	for record in $(((size - 8192) & ~4095)) $(((size & ~65535) - 65536)); do
		# Of this machine's byte order in version 0.90.
		case $(peek "$1" "$record" 4) in 'fc 4e 2b a9 ' | 'a9 2b 4e fc ') return 0 ;; esac
	done
	return 1
}

# unfit NAME: why the device cannot be mounted as the profile has it; nothing where any of target_types is on it
unfit() {
	node=$(node_of "$1")
	# shellcheck disable=SC2046 # words without blanks
	set -- "$1" $(superblock "$node")
	case " $target_types " in
	*" ${2:--} "*) ;;
	*)
		known=$(identify "$node")
		echo "it holds ${known:-no file system} and the profile wants $(echo "$target_types" | sed 's/ / or /g')"
		return
		;;
	esac
	# One of them alone cannot be mounted.
	[ "$5" = 1 ] || { echo 'it holds a btrfs of several devices' && return; }
	# Written to on its own, it would no longer be like the others.
	! is_md_member "$node" || echo 'it is a member of an md array'
}
