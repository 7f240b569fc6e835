# A web server, by PUT or POST. A dump goes in numbered parts, and a manifest says last that all of them are there.

http_tries=3
# Seconds without a byte after which a request has failed.
http_stall=60

# http_ask OPTION... URL: one request; sets `code`, and the status is curl's. What the server says beyond that is not
# kept: it may be more than there is memory.
http_ask() {
	code=$(curl --disable --silent --show-error --globoff --proto "=${target_url%%:*}" --connect-timeout 20 \
		--speed-limit 1 --speed-time "$http_stall" --config "$http_work/config" \
		--output /dev/null --write-out '%{http_code}' "$@" 2>"$http_work/said" </dev/null)
}

# http_failed STATUS: sets `why`, and leaves nothing of `left` where the same again cannot help. STATUS is curl's, `code` the server's.
http_failed() {
	why="HTTP status $code"
	case $1:$code in
	# The server is busy, or has a fault that may go.
	0:408 | 0:429 | 0:500 | 0:502 | 0:503 | 0:504) ;;
	0:*) left=0 ;;
	*)
		why=$(sed -n 's/^curl: ([0-9]*) //p' "$http_work/said" | head -n 1 | cut -c 1-200)
		why=${why:-curl ends with status $1}
		# What curl cannot do at all, and certificates.
		case $1 in 1 | 2 | 3 | 4 | 35 | 51 | 58 | 59 | 60 | 77 | 83 | 90 | 91) left=0 ;; esac
		;;
	esac
}

# http_send FILE NAME
http_send() {
	http_ask --request "$target_method" --upload-file "$1" "$target_url/$http_directory/$2"
	status=$?
	case $status:$code in 0:2??) return 0 ;; esac
	http_failed "$status"
	return 1
}

# http_put FILE NAME: more than one try
http_put() {
	left=$http_tries
	until http_send "$1" "$2"; do
		[ $((left -= 1)) -gt 0 ] || fail "$target_shown did not store $2: $why"
		say "$target_shown did not store $2: $why; trying again"
		sleep 2
	done
}

http_open() {
	http_work=$run/http
	rm -rf "$http_work"
	mkdir -p "$http_work"
	: >"$http_work/config"
	if [ -e "$target_files.ca" ]; then
		printf 'cacert = "%s"\n' "$target_files.ca" >>"$http_work/config"
	fi
	if [ -n "${target_token:-}" ]; then
		[ -s "$target_token" ] || fail "$target_shown cannot be reached: the local overlay did not bring $target_token"
		(umask 077 && printf 'Authorization: Bearer %s\n' "$(head -n 1 "$target_token" | tr -d '\r')" >"$http_work/token")
		printf 'header = "@%s"\n' "$http_work/token" >>"$http_work/config"
	fi
	network_up
	address_of "$target_host"
	# A clock that starts anew at every boot gives the same time again.
	http_directory=$(remote_directory)
	number=1
	while http_has "$(remote_name dmesg)" || http_has "$(remote_name dmesg.age)"; do
		number=$((number + 1))
		http_directory=$(remote_directory)-$number
		# A server that has everything tells nothing.
		[ "$number" -lt 20 ] || break
	done
}

# http_has NAME: is it in our directory? The server may as well not tell; but it must be there, and be the right one.
http_has() {
	left=$http_tries
	until http_ask --head "$target_url/$http_directory/$1"; do
		http_failed $?
		[ $((left -= 1)) -gt 0 ] || fail "$target_shown cannot be reached: $why"
		sleep 2
	done
	[ "$code" = 200 ]
}

http_store() {
	name=$(remote_name "$1")
	number=0 total=0 as=
	: >"$http_work/list"
	while dd bs=64k count=$((target_part * 16)) iflag=fullblock of="$http_work/part" 2>/dev/null; do
		bytes=$(stat -c %s "$http_work/part")
		[ "$bytes" -gt 0 ] || break
		number=$((number + 1)) total=$((total + bytes))
		# A log needs no parts. Of a dump only the manifest may say that it is whole.
		case $1:$((number > 1 || bytes == target_part * 1048576)) in
		vmcore*:* | *:1) as=$name.part-$(printf %06d "$number") ;;
		*) as=$name ;;
		esac
		http_put "$http_work/part" "$as"
		printf '%s %s %s\n' "$(sha256sum <"$http_work/part" | cut -d ' ' -f 1)" "$bytes" "$as" >>"$http_work/list"
		echo "$total" >"$run/stored"
		[ "$bytes" -eq $((target_part * 1048576)) ] || break
	done
	rm -f "$http_work/part"
	[ "$as" != "$name" ] || return 0
	# `sha256sum --check` reads it; what that does not know are comments.
	{
		printf '# crashseal-parts 1\n# name=%s\n# size=%s\n# parts=%s\n' "$name" "$total" "$number"
		awk '{ print "# part=" $3 " " $2 }' "$http_work/list"
		awk '{ print $1 "  " $3 }' "$http_work/list"
	} >"$http_work/parts"
	case $1 in
	# In a file: this runs at the end of a pipe, in a shell of its own. A second stream takes the place of a first.
	vmcore*)
		mv "$http_work/parts" "$http_work/dump.parts"
		echo "$name.parts" >"$http_work/dump"
		;;
	*) http_put "$http_work/parts" "$name.parts" ;;
	esac
}

http_finish() {
	[ -e "$http_work/dump" ] || return 0
	http_put "$http_work/dump.parts" "$(cat "$http_work/dump")"
}
