# What is to be saved, and whether it makes sense.

vmcore=/proc/vmcore

# program_headers: of the vmcore, a line each: type, offset, bytes in the file, bytes in memory, and the virtual address as its two
# halves, which awk cannot join; "none" for what is no ELF core
program_headers() {
	# Fields of 16 and 32 bits are read in this machine's order, which is the file's.
	head -c 64 "$vmcore" | hexdump -v -e '16/1 "%02x" " " 24/2 "%u " "\n"' | {
		read -r ident type _ _ _ _ _ offset32 _ offset _ _ _ header32 entry32 count32 _ _ _ header entry count _
		case "$ident $type $header $entry $offset" in
		7f454c460201*' 4 64 56 64' | 7f454c460202*' 4 64 56 '*) ;;
		*)
			case "$ident $type $header32 $entry32 $offset32" in
			7f454c460101*' 4 52 32 52')
				head -c $((52 + 32 * count32)) "$vmcore" | tail -c +53 | hexdump -v -e '8/4 "%u " "\n"' |
					awk 'NF == 8 { print $1, $2, $5, $6, 0, $3 }'
				;;
			*) echo none ;;
			esac
			exit
			;;
		esac
		head -c $((64 + 56 * count)) "$vmcore" | tail -c +65 | hexdump -v -e '14/4 "%u " "\n"' |
			awk -v big="$(case $ident in 7f454c460202*) echo 1 ;; *) echo 0 ;; esac)" '
			function wide(i) { return big ? $i * 4294967296 + $(i + 1) : $(i + 1) * 4294967296 + $i }
			NF == 14 { printf "%d %.0f %.0f %.0f %s %s\n", $1, wide(3), wide(9), wide(11), big ? $5 : $6, big ? $6 : $5 }'
	}
}

# vmcore_fault: what makes the vmcore worthless; nothing for a sound one. Where nobody checked the ELF core
# header after the panic (kexec_file_load, hot-plug), only its own sense tells that it was damaged.
vmcore_fault() {
	program_headers | awk -v size="$(stat -c %s "$vmcore")" '
		$1 == "none" { why = "it has no header of an ELF core file" }
		$1 == 4 { notes++; if ($3 < 12) why = "it has no register notes" }
		$1 == 1 { loads++; if ($3 == 0 || $3 != $4) why = "it has memory of no size" }
		$1 != 1 && $1 != 4 { why = why ? why : "it has an entry that is neither notes nor memory" }
		$2 + $3 > size { why = why ? why : "it has less than its header says" }
		END {
			if (!why && !notes) why = "it has no register notes"
			if (!why && !loads) why = "it has no memory"
			print why
		}'
}

notes_of_vmcore() {
	program_headers | while read -r type offset bytes _; do
		[ "$type" = 4 ] || continue
		dd if="$vmcore" bs=4096 skip=$((offset / 4096)) count=$((bytes / 4096 + 2)) 2>/dev/null
	done
}

# has_vmcoreinfo: is the note there without which no tool finds anything?
has_vmcoreinfo() { notes_of_vmcore | grep -qa VMCOREINFO; }

check_vmcore() {
	[ -e "$vmcore" ] || fail "there is no /proc/vmcore: this kernel was not started by a panic, or the ELF core header is damaged or not for it (see its messages above)"
	[ -s "$vmcore" ] || fail "/proc/vmcore is empty"
	fault=$(vmcore_fault)
	[ -z "$fault" ] || fail "/proc/vmcore makes no sense: $fault; the ELF core header was damaged before this kernel started"
	has_vmcoreinfo || shout "/proc/vmcore has no VMCOREINFO: the ELF core header was damaged; memory is saved all the same"
}
