# What is on a device already, by its first and last bytes.

# A device counts as blank when this much at each end is zero.
edge=$((1024 * 1024))

# What other programs put on a device is in `signatures`, one a line: offset|bytes|name. The build writes it
# from pipeline/format/device-signatures.ts. The offsets lie in `windows`.
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
	uses "${1##*/}"
	size=$(device_size "$1" 2>/dev/null)
	[ -n "$size" ] || {
		echo 'not readable'
		return
	}
	[ "$(count_set "$1" 0 "$edge")" -eq 0 ] && blank_head=yes || blank_head=no
	if [ -n "$(marker_value "$1" '')" ]; then
		# A file system made since has overwritten the start of our dump, but maybe not its end.
		known=
		case $(peek "$1" 0 13) in
		# makedumpfile's flattened stream, an ELF core file, age's.
		'6d 61 6b 65 64 75 6d 70 66 69 6c 65 00 ' | '7f 45 4c 46 '* | '61 67 65 2d 65 6e 63 72 79 70 74 69 6f ') ;;
		# No dump was written there yet. Several file systems leave the very first bytes zero.
		'00 00 00 00 00 00 00 00 00 00 00 00 00 ') known=$(identify "$1") ;;
		*) known=foreign ;;
		esac
		if [ -z "$known" ]; then
			echo ours
			return
		fi
	elif [ "$blank_head" = yes ] &&
		[ "$(count_set "$1" $(((size - edge) / 4096 * 4096)) $((edge + 4096)))" -eq 0 ]; then
		echo blank
		return
	fi
	known=$(identify "$1")
	echo "${known:-unknown data}"
}
