# What the crashed machine was called: directories of dumps are named by it.

# Of `struct new_utsname`, whose fields have 65 bytes: the name follows that of the system.
name_field=65

# bytes_at ADDRESS COUNT: of the crashed kernel's memory, by its virtual address
bytes_at() {
	program_headers | while read -r type offset bytes _ high low; do
		[ "$type" = 1 ] || continue
		within=$(($1 - high * 4294967296 - low))
		if [ "$within" -ge 0 ] && [ "$within" -lt "$bytes" ]; then
			dd if="$vmcore" bs=1 skip=$((offset + within)) count="$2" 2>/dev/null
			break
		fi
	done
}

# name_in_memory: what its kernel held as the name of the machine
name_in_memory() {
	notes_of_vmcore | tr '\0' '\n' | grep -a '^\(SYMBOL(init_uts_ns)\|OFFSET(uts_namespace\.name)\)=[0-9a-f]\{1,16\}$' >"$run/name-at"
	at=$(sed -n 's/^SYMBOL(.*=//p' "$run/name-at" | head -n 1)
	plus=$(sed -n 's/^OFFSET(.*=\([0-9]*\)$/\1/p' "$run/name-at" | head -n 1)
	[ -z "$at" ] || [ -z "$plus" ] || bytes_at $((0x$at + plus + name_field)) "$name_field" | tr '\0' '\n' | head -n 1
}

# name_in_log FILE: what the system gave itself, as systemd tells it
name_in_log() {
	sed -n 's/.*systemd\[1\]: \(Hostname set to\|Set hostname to\) <\([A-Za-z0-9._-]*\)>.*/\2/p' "$1" 2>/dev/null | tail -n 1
}

# host_of LOG: nothing where the machine had no name of its own
host_of() {
	for name in "$(name_in_memory)" "$(name_in_log "$1")"; do
		case $name in
		'' | *[!A-Za-z0-9._-]* | [.-]* | localhost | localhost.*) ;;
		*)
			echo "$name"
			break
			;;
		esac
	done
}
