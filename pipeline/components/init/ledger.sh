# The ledger of a raw device: one record for each of the last 64 panics, with what became of its dump.

ledger_entry_size=1024
ledger_entries=64

# last_entry: the highest number that a record has; 0 without one
last_entry() {
	dd if="$device" bs=512 skip=$((ledger_at / 512)) count=$((ledger_size / 512)) 2>/dev/null | tr '\0' '\n' | awk -F= '
		$0 == "crashseal-panic 1" { number = 0; inside = 1; next }
		!inside { next }
		$1 == "seq" && $2 ~ /^[0-9]+$/ && length($2) < 10 { number = $2; next }
		$0 == "end" { if (number + 0 > last) last = number + 0; inside = 0 }
		END { print last + 0 }'
}

# enter NUMBER OUTCOME WHERE BYTES REASON: the record of this panic
enter() {
	{
		printf 'crashseal-panic 1\nseq=%s\ntime=%s\npanic=%s\noutcome=%s\nwhere=%s\nslot=%s\nbytes=%s\nreason=%s\nprofile=%s\nrelease=%s\nbundle=%s\n' \
			"$1" "$started" "$(one_line "$panic_line")" "$2" "$(one_line "$3" 100)" "${slot:-}" "$4" "$(one_line "$5" 300)" \
			"$(one_line "$profile" 100)" "$(uname -r)" "$bundle"
		echo end
	} >"$run/entry"
	truncate -s "$ledger_entry_size" "$run/entry"
	dd if="$run/entry" of="$device" bs=512 conv=notrunc,fsync \
		seek=$(((ledger_at + ($1 - 1) % ledger_entries * ledger_entry_size) / 512)) 2>/dev/null
}
