# Our record in the last bytes of the device: what became of the dump that is on it.

marker_size=4096

# marker_value FILE NAME: a line of our record at the device's end; for an empty NAME, whether there is one
marker_value() {
	size=$(device_size "$1" 2>/dev/null) || return 1
	[ "$size" -ge "$marker_size" ] || return 1
	dd if="$1" bs=512 skip=$(((size - marker_size) / 512)) 2>/dev/null | tr -d '\0' | awk -F= -v name="$2" '
		NR == 1 && $0 != "crashseal-dump 1" { exit }
		NR == 1 && name == "" { print "yes"; exit }
		$1 == name { print substr($0, length(name) + 2) }'
}

# mark STATE SIZE FINISHED: our record in the last 4096 bytes
mark() {
	{
		printf 'crashseal-dump 1\nstate=%s\nformat=%s\nsize=%s\nprofile=%s\nrelease=%s\nbundle=%s\nstarted=%s\nfinished=%s\n' \
			"$1" "$format" "$2" "$profile" "$(uname -r)" "$bundle" "$started" "$3"
		[ "$target_by" = uuid ] && printf 'uuid=%s\n' "$target_value"
	} >/tmp/marker
	truncate -s "$marker_size" /tmp/marker
	dd if=/tmp/marker of="$device" bs=512 seek=$(((device_bytes - marker_size) / 512)) conv=notrunc,fsync 2>/dev/null
}
