# The vmcore, written to descriptor 3; its position tells the bytes written.

# filter_vmcore: what makedumpfile leaves of it
filter_vmcore() {
	# shellcheck disable=SC2086 # no option is an empty word
	makedumpfile -F -d "$dump_level" $dump_compression --message-level 4 "$vmcore" >&3
}

copy_vmcore() { cat "$vmcore" >&3; }

written() { awk '$1 == "pos:" { print $2 }' /proc/self/fdinfo/3; }
