# The end: what the machine does next.

act() {
	say "action: $1"
	sync
	case $1 in
	poweroff) poweroff -f ;;
	halt) halt -f ;;
	shell)
		setsid cttyhack sh </dev/console >/dev/console 2>&1
		reboot -f
		;;
	*) reboot -f ;;
	esac
	sleep 5
	shout "$1 had no effect"
	echo b >/proc/sysrq-trigger
	while :; do sleep 60; done
}
