# OpenSSH's client, to a command on the other side (receive-dump) that says how many bytes it has stored.

ssh_tries=3
# Seconds between two questions whether the other side is still there; after three without an answer it is not.
ssh_alive=10

# ssh_ask WORD...: asks the other side, with our standard input, and prints its answer
ssh_ask() {
	# The key that the profile pins goes by a name of its own, whatever the host is called.
	ssh -F none -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o HostKeyAlias=dump-target \
		-o UserKnownHostsFile="$ssh_work/known_hosts" -o GlobalKnownHostsFile=none -o UpdateHostKeys=no \
		-o IdentitiesOnly=yes -o PreferredAuthentications=publickey -o ConnectTimeout=20 \
		-o "ServerAliveInterval=$ssh_alive" -o ServerAliveCountMax=3 -i "$ssh_work/identity" \
		-p "$target_port" -l "$target_user" "$target_host" "$*" 2>"$ssh_work/said"
}

# ssh_reason: why that failed, by the client or by the other side
ssh_reason() {
	# The client draws a box of many lines when the host key is another one.
	if grep -q 'Host key verification failed' "$ssh_work/said"; then
		echo 'the server has another host key than the profile pins'
		return
	fi
	why=$(tr -d '\r' <"$ssh_work/said" | grep . | tail -n 1 | cut -c 1-200)
	echo "${why:-the connection ended without a word}"
}

ssh_open() {
	ssh_work=$run/ssh
	rm -rf "$ssh_work"
	mkdir -p "$ssh_work"
	[ -s "$target_identity" ] || fail "$target_shown cannot be reached: the local overlay did not bring $target_identity"
	# It may have come with rights that the client does not accept.
	(umask 077 && cat "$target_identity" >"$ssh_work/identity")
	printf 'dump-target %s\n' "$target_host_key" >"$ssh_work/known_hosts"
	# The client asks who it runs as.
	[ -e /etc/passwd ] || echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
	network_up
	address_of "$target_host"
	left=$ssh_tries
	until answer=$(ssh_ask open "$(remote_directory)" </dev/null); do
		left=$((left - 1))
		# A server that answers, and says no, says the same again.
		grep -qE 'verification failed|Permission denied|^receive-dump:' "$ssh_work/said" && left=0
		[ "$left" -gt 0 ] || fail "$target_shown takes no dump: $(ssh_reason)"
		sleep 2
	done
	case $answer in
	'ready '*) ssh_directory=${answer#ready } ;;
	*) fail "$target_shown does not run receive-dump: it answers '$(echo "$answer" | head -n 1 | cut -c 1-80)'" ;;
	esac
}

# ssh_whole NAME BYTES: the other side has all of it, and names it so
ssh_whole() {
	answer=$(ssh_ask finish "$ssh_directory" "$1" "$2" </dev/null)
	[ "$answer" = "$2 finished" ] || fail "$target_shown did not finish $1: $(ssh_reason)"
}

# ssh_count: hands on what it reads; $ssh_work/sent tells how much that was
ssh_count() {
	total=0
	rm -f "$ssh_work/sent"
	# 4 MiB at a time: no program of busybox counts and ends with its reader.
	while dd bs=64k count=64 iflag=fullblock of="$ssh_work/piece" 2>/dev/null && [ -s "$ssh_work/piece" ]; do
		cat "$ssh_work/piece" 2>/dev/null || return
		total=$((total + $(stat -c %s "$ssh_work/piece")))
	done
	rm -f "$ssh_work/piece"
	echo "$total" >"$ssh_work/sent"
}

ssh_store() {
	name=$(remote_name "$1")
	answer=$(ssh_count | ssh_ask store "$ssh_directory" "$name") ||
		fail "$target_shown did not store $name: $(ssh_reason)"
	sent=$(cat "$ssh_work/sent" 2>/dev/null)
	# Where a connection ends early, too, a client may have exit status 0.
	[ "$answer" = "${sent:-no} stored" ] ||
		fail "$target_shown says '$answer' of $name, and ${sent:-not all of its} bytes were sent: $(ssh_reason)"
	echo "$sent" >"$run/stored"
	case $1 in
	# In a file: this runs at the end of a pipe, in a shell of its own. A second stream takes the place of a first.
	vmcore*) echo "$name $sent" >"$ssh_work/dump" ;;
	*) ssh_whole "$name" "$sent" ;;
	esac
}

ssh_finish() {
	[ -e "$ssh_work/dump" ] || return 0
	read -r name sent <"$ssh_work/dump"
	ssh_whole "$name" "$sent"
}
