# A dump as files: a directory of its own for each panic, <host>-<stamp>, with the names that kdump-utils gives.
# For kinds of target that mount something: open_files after the mount, store_file for each object, finish_files.

# MiB between two looks at the space that is left.
files_round=64

# MiB that a file on a FAT may have: one byte less than 4 GiB.
fat_most=4095

# files_free: MiB that the dump may still take
files_free() {
	# shellcheck disable=SC2046 # two numbers
	set -- $(stat -f -c '%a %S' "$files_place")
	echo $(($1 * $2 / 1048576 - ${target_keep_free:-0}))
}

# directory_has_dump DIRECTORY: is what this target saves there, and whole?
directory_has_dump() {
	if [ "${target_what:-vmcore}" = dmesg ]; then
		set -- "$1"/vmcore-dmesg.txt*
	else
		set -- "$1"/vmcore "$1"/vmcore.*
	fi
	for file; do [ -e "$file" ] && return; done
	return 1
}

# older_directories: directories of this host's dumps that are whole, one a line, the oldest first. Others may write to
# the file system: only a name that open_files makes is one of them, and no link.
older_directories() {
	for directory in "$files_place/$files_host"-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-[0-9][0-9][:-][0-9][0-9][:-][0-9][0-9]*; do
		after_stamp=${directory#"$files_place/$files_host"-???????????????????}
		case ${after_stamp#-} in *[!0-9]*) continue ;; esac
		[ ! -L "$directory" ] && [ "$directory" != "$files_dump" ] && directory_has_dump "$directory" && echo "$directory"
	done
}

# drop_oldest_directory all|collected: removes the oldest dump of that sort; status 1 when there is none.
# A file named `collected` in its directory says that somebody has the dump.
drop_oldest_directory() {
	oldest=$(older_directories | while read -r directory; do
		[ "$1" = all ] || [ -e "$directory/collected" ] || continue
		echo "$directory"
		break
	done)
	[ -n "$oldest" ] || return 1
	say "removing $oldest to make room"
	# A removal that is cut leaves nothing that counts as a dump.
	rm -f "$oldest"/vmcore "$oldest"/vmcore.* && rm -rf "$oldest"
}

# too_many_directories: are there as many older dumps as the profile keeps, or more?
too_many_directories() { [ "$(older_directories | wc -l)" -ge "${target_keep:-9999999}" ]; }

# make_files_room: only collected dumps are removed before the new one is whole
make_files_room() {
	while too_many_directories; do
		drop_oldest_directory collected || break
	done
	# A lone log takes no room that is worth a word.
	! too_many_directories || [ "${attempt_what:-}" != "${target_what:-}" ] || [ "${target_uncollected:-keep}" = replace-oldest ] ||
		fail "$files_shown has $(older_directories | wc -l) dumps that nobody has collected, and the profile keeps $target_keep"
	while [ "$(files_free)" -lt 1 ]; do
		drop_oldest_directory collected || fail "$files_shown is full: $(($(files_free) + ${target_keep_free:-0})) MiB are free, and ${target_keep_free:-0} MiB stay free"
	done
}

# open_files ROOT SHOWN: a new directory for this dump below the mount point ROOT, which a person knows as SHOWN
open_files() {
	files_place=$1$target_directory
	files_shown=$2$target_directory
	files_host=$(printf %s "$host" | tr / -) files_stamp=$stamp files_dump='' files_most=
	case $(stat -f -c %t "$1") in
	# FAT has no colons.
	4d44)
		files_host=$(echo "$files_host" | tr : -) files_stamp=$(echo "$stamp" | tr : -)
		files_most=$fat_most
		;;
	esac
	why=$(mkdir -p "$files_place" 2>&1) || fail "$files_shown cannot be made: ${why##*: }"
	# An absolute link would lead into this kernel's own memory.
	case $(readlink -f "$files_place")/ in
	"$(readlink -f "$1")"/*) ;;
	*) fail "$files_shown leads out of its file system by a link; name the directory that it leads to" ;;
	esac
	make_files_room
	files_dump=$files_place/$files_host-$files_stamp
	# A clock that starts anew at every boot gives the same time again.
	number=1
	while [ -e "$files_dump" ]; do
		number=$((number + 1))
		files_dump=$files_place/$files_host-$files_stamp-$number
	done
	why=$(mkdir -m 700 "$files_dump" 2>&1) || fail "$files_shown cannot be written: ${why##*: }"
	target_shown=$files_shown/${files_dump##*/}
}

# write_file PATH: from standard input, durable; of what does not fit, nothing stays
write_file() {
	: >"$1" || fail "$target_shown cannot be written"
	chmod 600 "$1" 2>/dev/null
	size=0
	echo 0 >"$run/stored"
	while :; do
		count=$(files_free)
		if [ -n "$files_most" ] && [ $((files_most - size / 1048576)) -lt 1 ]; then
			[ "$(head -c 1 | wc -c)" -eq 0 ] && break
			rm -f "$1"
			fail "$files_shown is on a FAT, which has no file of 4 GiB, and this one is larger"
		fi
		[ -z "$files_most" ] || [ "$count" -le $((files_most - size / 1048576)) ] || count=$((files_most - size / 1048576))
		[ "$count" -le "$files_round" ] || count=$files_round
		if [ "$count" -lt 1 ]; then
			drop_oldest_directory collected && continue
			# Nothing may be left of the stream.
			[ "$(head -c 1 | wc -c)" -eq 0 ] && break
			rm -f "$1"
			fail "$files_shown is full after $size bytes, with ${target_keep_free:-0} MiB that stay free"
		fi
		why=$(dd of="$1" bs=1M count="$count" iflag=fullblock oflag=append conv=notrunc status=none 2>&1) || {
			size=$(stat -c %s "$1")
			case $why in *'No space left'*) rm -f "$1" ;; esac
			fail "writing to $target_shown failed after $size bytes: ${why##*: }"
		}
		before=$size
		size=$(stat -c %s "$1")
		echo "$size" >"$run/stored"
		[ $((size - before)) -eq $((count * 1048576)) ] || break
	done
	why=$(sync "$1" 2>&1) || fail "writing to $target_shown failed at its end: ${why##*: }"
}

# name_whole UNFINISHED NAME: the file has all of its bytes
name_whole() {
	why=$(mv "$files_dump/$1" "$files_dump/$2" 2>&1 && sync "$files_dump" 2>&1) ||
		fail "$target_shown/$2 cannot be named: ${why##*: }"
}

# store_file OBJECT: standard input; the log is whole at once, the dump with finish_files
store_file() {
	case $1 in
	vmcore*)
		echo "$1" >"$run/dump-file"
		write_file "$files_dump/vmcore-incomplete"
		;;
	dmesg*)
		write_file "$files_dump/vmcore-dmesg-incomplete.txt"
		name_whole vmcore-dmesg-incomplete.txt "vmcore-dmesg.txt${1#dmesg}"
		;;
	*)
		write_file "$files_dump/$1-incomplete"
		name_whole "$1-incomplete" "$1"
		;;
	esac
}

# finish_files: the dump is whole; only now do older ones go that nobody has collected, if the profile says so
finish_files() {
	[ ! -e "$files_dump/vmcore-incomplete" ] || name_whole vmcore-incomplete "$(cat "$run/dump-file")"
	while too_many_directories; do
		drop_oldest_directory collected || { [ "${target_uncollected:-keep}" = replace-oldest ] && drop_oldest_directory all; } || break
	done
}
