# PID 1 of the capture kernel: has the dump saved to the first target that takes it, then takes the final action.
# Settings come from /etc/crashseal/config and, for each target, /etc/crashseal/targets/N, which the overlay holds.
# The stages stand in files of their own; the build puts them before this one.

PATH=/bin:/sbin:/usr/bin:/usr/sbin
export PATH

sys=/sys
init=/init
run=/run/crashseal
settings=/etc/crashseal
final_action=reboot
failure_action=reboot
# Seconds for drivers and the log, for a log alone, for a record of the panic.
prepare_limit=300
log_limit=60
note_limit=30
# Seconds after the budget within which the end must have come.
reset_margin=60

# try NUMBER WHAT SECONDS: one attempt; status 1, and its reason kept, when it fails
try() {
	rm -f "$run/reason" "$run/saved" "$run/storing" "$run/at-work"
	start attempt "$1" "$2"
	supervise "$3"
	rm -f "$run/storing"
	[ ! -e "$run/saved" ] || return 0
	reason=
	{ read -r reason <"$run/reason"; } 2>/dev/null
	case $ending in
	0 | 1) reason=${reason:-it gave no reason} ;;
	vanished) reason=${reason:-its processes were killed: out of memory?} ;;
	*) reason="$ending${reason:+; $reason}" && shout "target $1: $ending" ;;
	esac
	told="target $1 ($shown): $reason"
	# It may have failed for the same reason before.
	case "; $failures; " in *"; $told; "*) return 1 ;; esac
	failures="$failures${failures:+; }$told"
	printf '%s\n' "$told" >>"$run/previous"
	return 1
}

# of_target NUMBER: what PID 1 needs to know of it
of_target() {
	# shellcheck source=/dev/null
	. "$settings/targets/$1"
	shown=$target_shown what=$target_what seconds=$target_timeout
}

# capture: sets `outcome` (saved, log, nothing), `where` and `bytes`; status 1 unless all was saved that is wanted
capture() {
	outcome=nothing number=0 where='' bytes=0 failures='' wanted=dmesg
	start prepare
	supervise "$prepare_limit"
	case $ending in
	0) ;;
	# A driver that hangs need not be the one that a target needs.
	*)
		if [ ! -e "$run/vmcore-is-sound" ]; then
			{ read -r failures <"$run/reason"; } 2>/dev/null
			return 1
		fi
		;;
	esac
	number=0
	while [ $((number += 1)) -le "$targets" ]; do
		of_target "$number"
		[ "$what" = dmesg ] || wanted=vmcore
		clock
		if [ "$now" -ge "$end" ]; then
			failures="$failures${failures:+; }target $number ($shown): no time is left"
			continue
		fi
		try "$number" "$what" "$seconds" || continue
		outcome=log where=$shown
		[ "$what" = vmcore ] || continue
		{ read -r bytes <"$run/saved"; } 2>/dev/null
		outcome=saved
		return 0
	done
	[ "$wanted" = vmcore ] || [ "$outcome" != log ] || return 0
	[ "$outcome" = log ] || log_alone
	return 1
}

# log_alone: what is left to save when no target took the dump
log_alone() {
	if [ -e "$run/log-kept" ]; then
		outcome=log
		read -r where <"$run/log-kept"
		return
	fi
	[ -s "$run/dmesg" ] || return
	shout 'no target took the dump; trying to save the log alone'
	number=0
	while [ $((number += 1)) -le "$targets" ]; do
		of_target "$number"
		clock
		[ "$now" -lt "$end" ] || return
		try "$number" dmesg "$log_limit" || continue
		outcome=log where=$shown
		return
	done
}

# note_panic: every target that keeps records of panics gets this one
note_panic() {
	[ "$targets" -gt 0 ] || return
	printf '%s\n' "$outcome" "$number" "$where" "$bytes" "$failures" >"$run/outcome"
	# The work is done: a little time beyond the budget is this one's own.
	clock
	[ $((end - now)) -ge "$note_limit" ] || end=$((now + note_limit))
	number=0
	while [ $((number += 1)) -le "$targets" ]; do
		of_target "$number"
		start note "$number"
		supervise "$note_limit"
	done
}

# settle_memory: when memory runs out, work is killed and not PID 1; when that does not help, the kernel panics, and reboots
settle_memory() {
	{
		echo -1000 >/proc/self/oom_score_adj
		echo 10 >/proc/sys/kernel/panic
		echo 0 >/proc/sys/vm/panic_on_oom
	} 2>/dev/null
}

# Sourced by a test, this file only defines what is above.
if [ $$ -eq 1 ]; then
	mount_all
	note_memory
	mkdir -p "$run"
	open_clock
	date +%s >"$run/started"
	settle_memory
	if (. "$settings/config") 2>/dev/null; then
		. "$settings/config"
		clock
		end=$((now + budget))
		arm_reset $((budget + reset_margin))
		if capture; then verdict=$final_action; else verdict=$failure_action; fi
		note_panic
		[ "$outcome" = saved ] || shout "no vmcore was saved${failures:+: $failures}"
		say "memory: $least_memory KiB were available at the lowest, $first_memory KiB free at the start of init"
		act "$verdict"
	fi
	shout 'there are no settings: the initramfs overlay is missing'
	shout 'no vmcore was saved'
	act "$failure_action"
elif [ "$0" = "$init" ]; then
	. "$settings/config"
	in_session "$@"
fi
