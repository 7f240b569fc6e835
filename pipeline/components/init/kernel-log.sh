# The crashed kernel's log, and what it says of the panic.

# read_log: sets `panic_line`; the log itself is in $run/dmesg, where the vmcore has one that is found
read_log() {
	panic_line=
	makedumpfile --dump-dmesg "$vmcore" "$run/dmesg" >/dev/null 2>&1 || rm -f "$run/dmesg"
	[ -s "$run/dmesg" ] || {
		shout 'the log of the crashed kernel was not found'
		return
	}
	panic_line=$(panic_of "$run/dmesg")
	say "the crashed kernel said: ${panic_line:-nothing of a panic}"
}

# panic_of FILE: the panic's own line, or else the last line that tells of a fault, without its time
panic_of() {
	awk '
		/Kernel panic - not syncing/ { panic = $0 }
		/BUG: |Oops|sysrq: Trigger a crash/ { fault = $0 }
		END {
			line = panic ? panic : fault
			sub(/^(<[0-9]+>)?\[ *[0-9.]+\](\[ *[CT][0-9]+\])? /, "", line)
			print substr(line, 1, 200)
		}' "$1"
}
