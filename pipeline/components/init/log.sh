# Lines for the person at the console; all of them begin alike.

# The kernel's log is written to the console at once; what goes to a tty can be lost by a reset.
log() {
	printf '<%s>crashseal: %s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || printf 'crashseal: %s\n' "$2"
}
say() { log 5 "$*"; }
shout() { log 3 "$*"; }
fail() {
	shout "$*"
	exit 1
}
