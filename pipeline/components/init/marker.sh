# Our records on a raw device: lines of text, and zeros after them.

# record_text FILE OFFSET: the record there; nothing if there is none
record_text() {
	dd if="$1" bs=512 skip="$(($2 / 512))" count=$((marker_size / 512)) 2>/dev/null | tr -d '\0' |
		awk 'NR == 1 && $0 != "crashseal-dump 1" { exit } { print }'
}

# record_value FILE OFFSET NAME: one line of it; for an empty NAME, whether there is one
record_value() {
	record_text "$1" "$2" | awk -F= -v name="$3" '
		NR == 1 && name == "" { print "yes"; exit }
		$1 == name { print substr($0, length(name) + 2); exit }'
}

# marker_value FILE NAME: the same of the record in the last bytes of a device
marker_value() {
	size=$(device_size "$1" 2>/dev/null) || return 1
	[ "$size" -ge "$marker_size" ] || return 1
	record_value "$1" $((size / 512 * 512 - marker_size)) "$2"
}

# write_record FILE OFFSET: puts it on the device
write_record() {
	truncate -s "$marker_size" "$1"
	dd if="$1" of="$device" bs=512 seek="$(($2 / 512))" conv=notrunc,fsync 2>/dev/null
}

# one_line TEXT: what a line of a record can hold
one_line() { printf '%s' "$1" | tr '\n\r\t' '   ' | cut -c "1-${2:-200}"; }

# mark STATE SIZE FINISHED: the marker of this dump's slot
mark() {
	{
		printf 'crashseal-dump 1\nstate=%s\nformat=%s\nsize=%s\nprofile=%s\nrelease=%s\nbundle=%s\nstarted=%s\nfinished=%s\n' \
			"$1" "$format" "$2" "$profile" "$(uname -r)" "$bundle" "$started" "$3"
		printf 'slots=%s\nslot=%s\nledger=1\noffset=%s\ndmesg_offset=%s\ndmesg_size=%s\nencryption=%s\nwhat=%s\nseconds=%s\n' \
			"$slots" "$slot" "$slot_at" "$log_at" "${log_bytes:-0}" "$encryption" "$attempt_what" "${seconds:-0}"
		printf 'panic=%s\n' "$(one_line "$panic_line")"
		[ -z "${reason:-}" ] || printf 'reason=%s\n' "$(one_line "$reason")"
		[ "$target_by" != uuid ] || printf 'uuid=%s\n' "$target_value"
		head -n 8 "$previous" 2>/dev/null | cut -c 1-200 | sed 's/^/previous=/'
	} >"$run/marker"
	write_record "$run/marker" "$marker_at"
}

# label: the record of a device, while that is not the marker of a dump
label() {
	{
		printf 'crashseal-dump 1\n'
		[ "$slots" -gt 1 ] || printf 'state=blank\n'
		printf 'slots=%s\nslot_size=%s\nledger=1\n' "$slots" "$slot_size"
		[ "$target_by" != uuid ] || printf 'uuid=%s\n' "$target_value"
	} >"$run/label"
	write_record "$run/label" "$label_at"
}
