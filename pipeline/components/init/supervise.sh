# PID 1's part: it starts sessions and polls them. It waits for none of them, syncs nothing, and runs no program in
# its loops: a disk that does not answer and memory that is gone stop whoever touches them, and that is never PID 1.

# Seconds that a session has after SIGTERM, and after SIGKILL, before it is left to itself.
last_words=5
grace=5
# Seconds without a byte after which an attempt that stores something has stalled.
stall=120

# clock: sets `now`, seconds since the start
clock() {
	read -r now _ </proc/uptime
	now=${now%%.*}
}

# open_clock: nobody ever writes to it, so that reading from it takes as long as one says
open_clock() {
	mkfifo "$run/clock"
	exec 9<>"$run/clock"
}

# pause: a fifth of a second, without another process
# shellcheck disable=SC3045 # busybox has it
pause() { read -r -t 0.2 _ <&9; }

# apart COMMAND...: beside PID 1, without its watchdog, which stops for good only when nobody else has it open
apart() { "$@" </dev/null 8>&- 9<&- & }

# start WORK: a session of its own; sets `leader`, its number
start() {
	rm -f "$run/ended"
	apart setsid /bin/busybox sh "$init" "$@"
	leader=$!
}

# members_of SESSION: sets `members`, the processes of it that have not ended
members_of() {
	members=
	for at in /proc/[0-9]*; do
		{ read -r line <"$at/stat"; } 2>/dev/null || continue
		# The name of the program may have blanks and brackets in it.
		# shellcheck disable=SC2086 # words
		set -- "$1" ${line##*) }
		[ "$5" = "$1" ] && [ "$2" != Z ] && members="$members ${at##*/}"
	done
}

# is_running PROCESS: it may still have to begin its session
is_running() {
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	case ${line##*) } in Z*) return 1 ;; esac
}

# Lowest seen, and what was free before anything was done, in KiB.
least_memory=
first_memory=

# note_memory: sets `first_memory`: what the kernel's own start took is what is not in it
note_memory() {
	while read -r key value _; do
		case $key in MemFree:) first_memory=$value ;; esac
	done </proc/meminfo
}

# look SESSION: sets `members`, `moved_at` when bytes moved since the last look, and `least_memory`
look() {
	members_of "$1"
	count=
	for member in $members; do
		while read -r key value; do
			if [ "$key" = wchar: ]; then count=$count.$value; fi
		done 2>/dev/null <"/proc/$member/io"
	done
	# What was given to the kernel is still on its way to a disk.
	while read -r key value _; do
		case $key in
		MemAvailable:) [ "$value" -ge "${least_memory:-9999999999}" ] || least_memory=$value ;;
		Dirty: | Writeback:) [ -z "$count" ] || count=$count.$value ;;
		esac
	done </proc/meminfo
	# Where the kernel does not count, nothing is ever seen to stand still.
	if [ -z "$count" ] || [ "$count" != "$counted" ] || [ ! -e "$run/storing" ]; then moved_at=$now; fi
	counted=$count
}

# supervise SECONDS: of the session `leader`. Sets `ending`: how it ended, or why it was ended.
supervise() {
	clock
	limit=$((now + $1))
	[ "$limit" -le "$end" ] || limit=$end
	counted='' moved_at=$now looked_at=$now
	while :; do
		clock
		if [ -e "$run/ended" ]; then
			read -r ending <"$run/ended"
			break
		fi
		if [ "$now" -gt "$looked_at" ]; then
			looked_at=$now
			look "$leader"
			[ -n "$members" ] || is_running "$leader" || { ending=vanished && break; }
			feed_watchdog
		fi
		[ "$now" -lt "$limit" ] || { ending="not done after $1 s" && break; }
		[ $((now - moved_at)) -lt "$stall" ] || { ending="no byte moved for $stall s" && break; }
		pause
	done
	dismiss
}

# dismiss: ends what is left of the session `leader`. Disks that hold somebody in it for ever are not used again.
dismiss() {
	members_of "$leader"
	[ -n "$members" ] || return
	kill -TERM -"$leader" 2>/dev/null
	feed_once
	gone_within "$last_words" && return
	# shellcheck disable=SC2086 # words
	kill -KILL $members 2>/dev/null
	feed_once
	gone_within "$grace" && return
	shout "processes$members do not end and are left behind"
	while read -r disk; do
		printf '%s\n' "$disk" >>"$run/hung"
	done 2>/dev/null <"$run/at-work"
}

# feed_once: to end an attempt is a step ahead, and there is an end to them: the next target is to have its turn
feed_once() {
	clock
	moved_at=$now
	feed_watchdog
}

gone_within() {
	clock
	until_then=$((now + $1))
	while [ "$now" -lt "$until_then" ]; do
		members_of "$leader"
		[ -n "$members" ] || return 0
		pause
		clock
	done
	return 1
}
