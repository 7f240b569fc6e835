# What PID 1 has done in sessions of their own, which may fail, hang or be killed.
# A kind of target has these functions; `fail REASON` in any of them ends the attempt:
#   KIND_open        makes the destination ready
#   KIND_store NAME  reads standard input to its end and keeps it under this name: `dmesg` first, then `vmcore.flat`
#                    (makedumpfile's stream) or `vmcore`, then `report`; encrypted ones end in `.age`. What it has
#                    is durable when it returns, and its bytes are counted in $run/stored. The same name again
#                    begins anew.
#   KIND_finish      makes it whole; only now it counts
#   KIND_close       may be there: cleans up after a failure
#   KIND_note        may be there: keeps a record of the panic, wherever the dump went

# prepare: what all attempts need
prepare() {
	say "capture kernel $(uname -r), profile $profile"
	check_vmcore
	: >"$run/vmcore-is-sound"
	read_log
	{
		echo "panic_line=$(quoted "$panic_line")"
		echo "host=$(quoted "$(host_of "$run/dmesg")")"
	} >"$run/facts"
	load_modules
}

# quoted TEXT: a word that the shell reads back as the text
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# report: what became of the attempts before this one, and how this one went
report() {
	printf 'profile=%s\nbundle=%s\nrelease=%s\nstarted=%s\npanic=%s\ntarget=%s\nbytes=%s\nseconds=%s\n' \
		"$profile" "$bundle" "$(uname -r)" "$started" "$panic_line" "$target_shown" "$bytes" "$seconds"
	sed 's/^/previous=/' "$previous" 2>/dev/null
}

no_address=127.0.0.1

# settings_of NUMBER: of one target
settings_of() {
	target_number=$1
	target_files=$settings/targets/$1
	# shellcheck source=/dev/null
	. "$target_files"
	# shellcheck source=/dev/null
	if [ -e "$run/facts" ]; then . "$run/facts"; fi
	# Where the machine had no name it goes by its address, which network_up sets; kdump-utils has this one for local dumps.
	host=${host:-$no_address}
	previous=$run/previous
	started=$(cat "$run/started")
	stamp=$(date -u -d "@$started" +%Y-%m-%d-%H:%M:%S)
	encryption=none
	[ ! -e "$settings/recipients" ] || encryption=age
}

# save NUMBER WHAT: one attempt, with the vmcore or the log alone
save() {
	settings_of "$1"
	attempt_what=$2
	say "target $1 of $targets: $target_shown"
	"${target_kind}_open"
	begun=$(uptime_seconds)
	bytes=0 seconds=0
	: >"$run/storing"
	if [ -s "$run/dmesg" ]; then
		store copy_log dmesg || fail 'the log could not be read'
		echo "$target_shown" >"$run/log-kept"
	elif [ "$attempt_what" = dmesg ]; then
		fail 'there is no log to store'
	fi
	[ "$attempt_what" = dmesg ] || save_vmcore
	store_plain report
	rm -f "$run/storing"
	"${target_kind}_finish"
	if [ "$attempt_what" = dmesg ]; then
		shout "log saved to $target_shown"
	else
		shout "vmcore saved: $bytes bytes to $target_shown in $seconds s"
	fi
	echo "$bytes" >"$run/saved"
}

save_vmcore() {
	if [ "$dump_format" = kdump ]; then
		format=kdump
		if store filter_vmcore vmcore.flat; then
			kept
			return
		fi
		shout "makedumpfile failed after $(stored) bytes: $(tail -c 200 "$run/makedumpfile" | tr '\r\n' '  '); copying the whole vmcore instead"
	fi
	format=elf
	store copy_vmcore vmcore || fail "copying the vmcore failed after $(stored) bytes"
	kept
}

kept() {
	bytes=$(stored)
	seconds=$(($(uptime_seconds) - begun))
	[ "$bytes" -gt 0 ] || fail "nothing was written to $target_shown"
}

# store_plain COMMAND: what may be read by anyone
store_plain() { "$1" | "${target_kind}_store" "$1" || fail "$1 could not be stored"; }

# attempt NUMBER WHAT: `save`, and then what the kind does after a failure
attempt() {
	attempt_what=$2
	# Whoever works ends by it, and then this goes on.
	trap : TERM
	(save "$@") && return
	settings_of "$1"
	if command -v "${target_kind}_close" >/dev/null; then "${target_kind}_close"; fi
	return 1
}

# note NUMBER: the record of the panic, where this target keeps one
note() {
	settings_of "$1"
	if command -v "${target_kind}_note" >/dev/null; then "${target_kind}_note"; fi
}

# in_session WORK: what PID 1 has asked for. How it ended is told by a file: PID 1 waits for nobody.
in_session() {
	[ "$1" = reset_after ] || echo 800 2>/dev/null >/proc/self/oom_score_adj
	reason_file=$run/reason
	if ("$@"); then echo 0 >"$run/ended"; else echo 1 >"$run/ended"; fi
}
