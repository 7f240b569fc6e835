# The end: what the machine does next. Nothing here is waited for that could wait for a disk.

# Seconds that writing back may take; what was saved is on its disk already.
sync_limit=10

# within SECONDS COMMAND...: runs it beside PID 1 and waits no longer than this
within() {
	clock
	until_then=$((now + $1))
	shift
	rm -f "$run/done"
	apart and_tell "$@"
	while [ "$now" -lt "$until_then" ] && [ ! -e "$run/done" ]; do
		pause
		clock
	done
	[ -e "$run/done" ]
}

and_tell() { "$@" && : >"$run/done"; }

act() {
	say "action: $1"
	case $1 in
	halt | shell)
		stop_watchdog
		[ -z "${resetter:-}" ] || kill -KILL -"$resetter" 2>/dev/null
		;;
	esac
	within "$sync_limit" sync || shout "disks do not take what is written within $sync_limit s"
	case $1 in
	poweroff) within 5 poweroff -nf ;;
	halt) within 5 halt -nf ;;
	shell)
		setsid cttyhack sh </dev/console >/dev/console 2>&1
		within 5 reboot -nf
		;;
	*) within 5 reboot -nf ;;
	esac
	shout "$1 had no effect"
	reset_now "$1"
	while :; do pause; done
}

# reset_now ACTION: without the help of any driver's shutdown
reset_now() {
	if [ "$1" = poweroff ]; then
		echo o >/proc/sysrq-trigger
		sleep 5
	fi
	echo b >/proc/sysrq-trigger
}

# arm_reset SECONDS: whatever PID 1 itself hangs in, the machine is reset then
arm_reset() {
	apart setsid /bin/busybox sh "$init" reset_after "$1" "$failure_action"
	resetter=$!
}

reset_after() {
	sleep "$1"
	shout "the time for everything is over"
	reset_now "$2"
}
