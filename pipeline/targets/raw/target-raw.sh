# A block device, written from its first byte on; the last bytes are for our record.

check_device() {
	size=$(device_size "$device") || fail "$device cannot be read"
	[ "$size" -ge $((4 * edge)) ] || fail "$device is too small for a dump: $size bytes"
	device_bytes=$size
	found=$(content "$device")
	case $found in
	# The profile names this device as raw; what no known program lays claim to is not worth losing a dump.
	blank | ours | 'unknown data') ;;
	'swap space')
		# The profile names this very swap space by its UUID.
		[ "$target_by" = uuid ] || fail "$device holds swap space and is left alone; name it by its UUID to have it overwritten"
		;;
	*) fail "$device holds $found and is left alone; to make it a dump target, wipe it: wipefs -a" ;;
	esac
	say "dump target $device, $device_bytes bytes, $found"
}

raw_open() {
	set_online
	wait_for_device
	check_device
	target_shown=$device
}

raw_write() {
	format=$dump_format
	mark writing 0 0 || fail "$device cannot be written"
	exec 3<>"$device"
	if [ "$dump_format" = kdump ]; then
		filter_vmcore && return
		shout "makedumpfile failed after $(written) bytes; copying the whole vmcore instead"
		exec 3<>"$device"
	fi
	format=elf
	vmcore_bytes=$(stat -c %s "$vmcore")
	[ "$vmcore_bytes" -le $((device_bytes - marker_size)) ] ||
		fail "the vmcore does not fit: $vmcore_bytes bytes, $device has $device_bytes and keeps $marker_size of them"
	copy_vmcore || fail "copying the vmcore to $device failed after $(written) bytes"
}

raw_finish() {
	[ "$bytes" -le $((device_bytes - marker_size)) ] ||
		fail "the dump does not fit: it took $bytes bytes, $device has $device_bytes and keeps $marker_size of them"
	# All of the dump is on the device before the marker says so.
	dd if=/dev/null of="$device" conv=notrunc,fsync 2>/dev/null || fail "$device reports an error while writing"
	mark complete "$bytes" "$(date +%s)" || fail "the marker could not be written to $device"
}
