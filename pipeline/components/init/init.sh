# PID 1 of the capture kernel: saves /proc/vmcore to the dump target, then takes the final action.
# The work runs in a child: whatever ends it, PID 1 is there to take the failure action.
# Settings (target_*, dump_*, modules and so on) come from /etc/crashseal/config, which the overlay holds.
# The stages stand in files of their own; the build puts them before this one. A kind of target has three:
# KIND_open until its device can be written, KIND_write for the vmcore, KIND_finish when all of it is written.

PATH=/bin:/sbin:/usr/bin:/usr/sbin
export PATH

sys=/sys
final_action=reboot
failure_action=reboot

capture() {
	say "capture kernel $(uname -r), profile $profile"
	check_vmcore
	load_modules
	"${target_kind}_open"
	begun=$(uptime_seconds)
	started=$(date +%s)
	"${target_kind}_write"
	bytes=$(written)
	[ "$bytes" -gt 0 ] || fail "nothing was written to $target_shown"
	"${target_kind}_finish"
	shout "vmcore saved: $bytes bytes to $target_shown in $(($(uptime_seconds) - begun)) s"
}

# Sourced by a test, this file only defines what is above.
if [ $$ -eq 1 ]; then
	mount_all
	if (. /etc/crashseal/config) 2>/dev/null; then
		. /etc/crashseal/config
		if (capture); then act "$final_action"; fi
	else
		shout 'there are no settings: the initramfs overlay is missing'
	fi
	shout 'no vmcore was saved'
	act "$failure_action"
fi
