# The stream that a target stores: the vmcore as it leaves memory, encrypted where the profile has a recipient.

# filter_vmcore: what makedumpfile leaves of it. It tells of its progress all the time: also a long search through
# memory is then seen to go on.
filter_vmcore() {
	# shellcheck disable=SC2086 # no option is an empty word
	makedumpfile -F -d "$dump_level" $dump_compression --message-level 5 "$vmcore" 2>"$run/makedumpfile"
}

copy_vmcore() { cat "$vmcore"; }

# copy_log: all of it, or its end, which tells of the panic, where a target has no more than `log_room`
copy_log() {
	if [ -n "${log_room:-}" ]; then
		tail -c "$log_room" "$run/dmesg"
	else
		cat "$run/dmesg"
	fi
}

sealed() { age -R "$settings/recipients"; }

# store COMMAND NAME: gives what the command prints to the target; status 1 when not all of it came.
# What the target cannot take ends the attempt.
store() {
	name=$2
	rm -f "$run/made" "$run/sealed" "$run/stored"
	if [ "$encryption" = age ]; then
		name=$name.age
		{ "$1" && : >"$run/made"; } | { sealed && : >"$run/sealed"; } | "${target_kind}_store" "$name"
	else
		: >"$run/sealed"
		{ "$1" && : >"$run/made"; } | "${target_kind}_store" "$name"
	fi || fail "$name could not be stored"
	[ -e "$run/made" ] && [ -e "$run/sealed" ]
}

# stored: bytes that the target has of what was given to it last
stored() { cat "$run/stored" 2>/dev/null || echo 0; }
