# Lines for the person at the console; all of them begin alike.

# The kernel's log is written to the console at once; what goes to a tty can be lost by a reset.
log() {
	printf '<%s>crashseal: %s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || printf 'crashseal: %s\n' "$2"
}
say() { log 5 "$*"; }
shout() { log 3 "$*"; }

# fail REASON: ends this attempt; the reason is told at once. The first one is kept for the next attempt and the ledger.
fail() {
	shout "$*"
	[ -z "${reason_file:-}" ] || [ -s "$reason_file" ] || printf '%s\n' "$*" >"$reason_file"
	exit 1
}
