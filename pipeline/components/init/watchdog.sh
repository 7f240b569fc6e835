# A hardware watchdog, where a driver has found one: it is fed while PID 1 polls and bytes move.

watchdog=

# feed_watchdog: opens it as soon as it is there
feed_watchdog() {
	if [ -z "$watchdog" ]; then
		[ -c /dev/watchdog0 ] || return
		command exec 8>/dev/watchdog0 || return
		watchdog=fed
		# An attempt that stands still is ended before the machine is.
		{ read -r seconds </sys/class/watchdog/watchdog0/timeout; } 2>/dev/null || seconds=30
		[ $((seconds * 2 / 3)) -ge "$stall" ] || stall=$((seconds * 2 / 3))
		say "the watchdog resets this machine when it stands still for $seconds s"
	fi
	[ "$now" -ne "$moved_at" ] || printf . >&8
} 2>/dev/null

# stop_watchdog: for whoever is to have all the time there is
stop_watchdog() {
	[ -n "$watchdog" ] || return
	printf V >&8
	exec 8>&-
	watchdog=
}
