# A block device of its own, divided into slots.

# the_device: sets `device`, its `slots` and where everything is on it
the_device() {
	device_bytes=$(device_size "$device") || fail "$device cannot be read"
	[ "$device_bytes" -ge $((4 * edge)) ] || fail "$device is too small for a dump: $device_bytes bytes"
	slots=$target_slots
	lay_out "$device_bytes" "$slots"
	lay_slot 1
	[ "$room" -ge "$edge" ] || fail "$device is too small for $slots slots: $device_bytes bytes"
}

# uncollected_of SLOTS: how many of them hold a dump, if the device is divided so
uncollected_of() {
	slots=$1
	lay_out "$device_bytes" "$slots"
	number=0 dumps=0
	while [ $((number += 1)) -le "$slots" ]; do
		! holds_dump "$number" || dumps=$((dumps + 1))
	done
	echo "$dumps"
}

# layout_fault: why the dumps that are on the device keep it from being divided anew; nothing if it is divided as wanted
layout_fault() {
	there=$(marker_value "$device" slots)
	# As many as a profile may have; for anything else the device was never divided.
	case $there in [1-9] | [1-5][0-9] | 6[0-4]) ;; *) there=1 ;; esac
	if [ "$there" != "$slots" ]; then
		[ "$(uncollected_of "$there")" -eq 0 ] || [ "$target_uncollected" = replace ] ||
			echo "$device is divided into $there slots, not $slots, and holds a dump that nobody has collected"
	elif [ "$slots" -eq 1 ] && holds_dump 1; then
		# One from before there was a ledger may reach to where that is now.
		size=$(marker_value "$device" size)
		[ "${size:-0}" -le "$room" ] || [ "$target_uncollected" = replace ] ||
			echo "$device holds a dump that nobody has collected, and no room is left for a ledger"
	fi
}

check_device() {
	the_device
	found=$(content "$device")
	case $found in
	ours)
		fault=$(layout_fault)
		[ -z "$fault" ] || fail "$fault"
		;;
	# The profile names this device as raw; what no known program lays claim to is not worth losing a dump.
	blank | 'unknown data') ;;
	'swap space')
		# The profile names this very swap space by its UUID.
		[ "$target_by" = uuid ] || fail "$device holds swap space and is left alone; name it by its UUID to have it overwritten"
		;;
	*) fail "$device holds $found and is left alone; to make it a dump target, wipe it: wipefs -a" ;;
	esac
	say "dump target $device, $device_bytes bytes, $found"
}

# wipe OFFSET SIZE: zeros
wipe() {
	dd if=/dev/zero of="$device" bs=512 seek=$(($1 / 512)) count=$(($2 / 512)) conv=notrunc,fsync 2>/dev/null
}

# claim_device: makes the device ours, divided as the profile says. What lies where our records will be must not be
# taken for one of them.
claim_device() {
	[ "$found" != ours ] || [ "$(marker_value "$device" ledger)/$(marker_value "$device" slots)" != "1/$slots" ] || return 0
	wipe "$ledger_at" "$ledger_size" || return
	if [ "$found" = ours ] && [ "$slots" -eq 1 ] && [ "$(marker_value "$device" slots)" = '' ]; then
		# From before there was a ledger; the dump stays what it is.
		{
			record_text "$device" "$label_at"
			printf 'slots=1\nslot=1\nledger=1\n'
		} >"$run/label"
		write_record "$run/label" "$label_at"
		return
	fi
	claimed=0
	while [ "$slots" -gt 1 ] && [ $((claimed += 1)) -le "$slots" ]; do
		lay_slot "$claimed"
		wipe "$marker_at" "$marker_size" || return
	done
	wipe 0 4096 && label
}

raw_open() {
	set_online
	wait_for_device
	uses "${device##*/}"
	check_device
	target_shown=$device
	claim_device || fail "$device cannot be written"
	choose_slot || fail "$device keeps what nobody has collected: dumps in use: $slots of $slots"
	lay_slot "$slot"
	log_room=$((log_size - marker_size))
	# age adds two lines for each recipient.
	[ "$encryption" != age ] || log_room=$((log_room - 128 * $(wc -l <"$settings/recipients")))
	log_bytes=0 format=$dump_format seconds=0
	mark writing 0 0 || fail "$device cannot be written"
	own_entry
	enter "$entry" writing "$target_shown" 0 '' || fail "$device cannot be written"
	remember "device=$device slot=$slot log_bytes=0 dump_begun=no format=$format"
}

# own_entry: sets `entry`, the number of this panic's record, however often it is written
own_entry() {
	[ -e "$run/entry.$target_number" ] || echo $(($(last_entry) + 1)) >"$run/entry.$target_number"
	entry=$(cat "$run/entry.$target_number")
}

# remember ASSIGNMENTS: for whoever comes after this shell
remember() { printf '%s\n' "$1" >>"$run/raw.$target_number"; }

recall() {
	# shellcheck source=/dev/null
	. "$run/raw.$target_number"
}

# put OFFSET ROOM: standard input to there; $run/stored tells its bytes. Status 1 when it does not fit.
put() {
	# Whoever ends this ends the copying; how far that came is still told.
	trap : TERM
	exec 3<>"$device"
	dd bs=4096 seek=$(($1 / 4096)) count=0 >&3 2>/dev/null
	dd bs=65536 iflag=fullblock count=$(($2 / 65536)) conv=fsync >&3 2>"$run/dd"
	status=$?
	echo $(($(awk '$1 == "pos:" { print $2 }' /proc/self/fdinfo/3) - $1)) >"$run/stored"
	case $status in
	0) ;;
	143) fail "cut short after $(stored) bytes" ;;
	*) fail "$device reports an error while writing" ;;
	esac
	# What is still to come has no place.
	[ "$(dd bs=1 count=1 2>/dev/null | wc -c)" -eq 0 ]
}

raw_store() {
	case $1 in
	dmesg*)
		put "$log_at" "$log_size" || fail "the log does not fit"
		log_bytes=$(stored)
		remember "log_bytes=$log_bytes"
		# Whatever comes next, the log is found.
		mark writing 0 0
		;;
	report) cat >/dev/null ;;
	vmcore*)
		if [ "$1" = vmcore ]; then
			vmcore_bytes=$(stat -c %s "$vmcore")
			[ "$vmcore_bytes" -le "$room" ] ||
				fail "the vmcore does not fit: $vmcore_bytes bytes, $device has room for $room"
		fi
		remember "dump_begun=yes format=$format"
		put "$slot_at" "$room" || fail "the dump does not fit: $device has room for $room bytes"
		;;
	esac
}

raw_finish() {
	recall
	mark complete "$bytes" "$(date +%s)" || fail "the marker could not be written to $device"
	make_spare
}

# raw_close: the marker says how far it came
raw_close() {
	[ -e "$run/raw.$target_number" ] || return
	recall
	the_device
	lay_slot "$slot"
	reason=$(cat "$run/reason" 2>/dev/null)
	bytes=0
	[ "$dump_begun" = no ] || bytes=$(stored)
	mark failed "$bytes" "$(date +%s)"
}

# raw_note: the ledger gets what became of this panic's dump, wherever that went
raw_note() {
	{
		read -r outcome
		read -r number
		read -r where
		read -r bytes
		read -r failures
	} <"$run/outcome"
	if [ -e "$run/raw.$target_number" ]; then
		recall
		is_hung "${device##*/}" && return
		the_device
	else
		set_online
		device=$(find_device) || return
		the_device
		found=$(content "$device")
		case $found in
		ours) [ -z "$(layout_fault)" ] || return ;;
		blank) ;;
		*) return ;;
		esac
		claim_device || return
	fi
	own_entry
	[ "$number" = "$target_number" ] || slot=
	enter "$entry" "$outcome" "$where" "$bytes" "$failures"
}
