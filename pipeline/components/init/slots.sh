# How a raw device is divided (docs/capture.md): slots for dumps, each with an area for the log and a marker, then the
# ledger, then a record of the device in its last bytes. With one slot that record is the marker of the slot.

marker_size=4096
ledger_size=65536
log_size=262144

# lay_out SIZE SLOTS: sets `slot_size`, `ledger_at` and `label_at`
lay_out() {
	label_at=$(($1 / 512 * 512 - marker_size))
	ledger_at=$((label_at - ledger_size))
	if [ "$2" -eq 1 ]; then
		slot_size=$((ledger_at / 4096 * 4096 + marker_size))
	else
		slot_size=$((ledger_at / $2 / 4096 * 4096))
	fi
}

# lay_slot NUMBER: sets `slot_at`, `log_at`, `marker_at` and `room`, the bytes that a dump can have
lay_slot() {
	slot_at=$((($1 - 1) * slot_size))
	log_at=$((slot_at + slot_size - marker_size - log_size))
	marker_at=$((slot_at + slot_size - marker_size))
	[ "$slots" -gt 1 ] || marker_at=$label_at
	room=$(((log_at - slot_at) / 65536 * 65536))
}

# slot_state NUMBER: what its marker says; nothing without one
slot_state() {
	lay_slot "$1"
	record_value "$device" "$marker_at" state
}

# holds_dump NUMBER: is there a dump, or a log, that nobody has collected?
holds_dump() { [ "$(slot_state "$1")" = complete ]; }

# oldest SLOT...: the one whose dump was begun first
oldest() {
	for slot; do
		lay_slot "$slot"
		echo "$(record_value "$device" "$marker_at" started) $slot"
	done | sort -n | sed -n '1s/.* //p'
}

# choose_slot: sets `slot`; status 1 when all of them hold what may not be lost
choose_slot() {
	free='' broken='' full='' number=0
	while [ $((number += 1)) -le "$slots" ]; do
		case $(slot_state "$number") in
		complete) full="$full $number" ;;
		# Cut short, and maybe all that there is of an earlier panic.
		writing | failed) broken="$broken $number" ;;
		*) free="$free $number" ;;
		esac
	done
	# shellcheck disable=SC2086 # numbers
	if [ -n "$free" ]; then
		slot=${free# }
		slot=${slot%% *}
	elif [ -n "$broken" ]; then
		slot=$(oldest $broken)
	elif [ "$target_uncollected" != keep ]; then
		slot=$(oldest $full)
	else
		return 1
	fi
}

# make_spare: with `replace-oldest` a slot is always free for the next dump, which may fail
make_spare() {
	[ "$target_uncollected" = replace-oldest ] || return 0
	full='' number=0
	while [ $((number += 1)) -le "$slots" ]; do
		holds_dump "$number" || return 0
		full="$full $number"
	done
	# shellcheck disable=SC2086 # numbers
	lay_slot "$(oldest $full)"
	record_text "$device" "$marker_at" | sed 's/^state=.*/state=replaced/' >"$run/replaced"
	write_record "$run/replaced" "$marker_at"
}
