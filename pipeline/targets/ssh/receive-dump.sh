#!/bin/sh
# receive-dump FOLDER: takes dumps of machines whose profile has a target of kind ssh, and does nothing else.
# It is the forced command of the machine's key, in authorized_keys on the server:
#
#   restrict,command="/usr/lib/crashseal/receive-dump /var/crash/web" ssh-ed25519 AAAA...
#
# What is asked for comes in SSH_ORIGINAL_COMMAND; the answer is one line:
#
#   open DIR               makes DIR, or DIR-2 and so on where that one is taken    "ready DIR"
#   store DIR NAME         standard input becomes DIR/NAME-incomplete               "BYTES stored"
#   finish DIR NAME BYTES  if it has that many bytes, it becomes DIR/NAME           "BYTES finished"
#
# The end of a stream that was cut looks like any other; only the machine knows how much it sent. So nothing loses
# "-incomplete" before the machine has told the size. A file that is finished is never written to again.
set -uf
umask 077

refuse() {
	echo "receive-dump: $*" >&2
	exit 1
}
usage='it takes: open DIR, store DIR NAME, finish DIR NAME BYTES'

# is_plain TEXT: a name of one file, which is neither hidden nor a way out
is_plain() {
	[ "${#1}" -le 200 ] || return 1
	case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:-]* | *-incomplete) return 1 ;; esac
}

# enter DIR
enter() {
	if [ -L "$1" ] || ! cd "$1" 2>/dev/null; then refuse "there is no $1: open it first"; fi
}

folder=${1:-}
cd "$folder" 2>/dev/null || refuse "the server has no folder '$folder' for dumps"
# shellcheck disable=SC2086 # the words of what is asked for
set -- ${SSH_ORIGINAL_COMMAND:-}
asked=${1:-} dir=${2:-} name=${3:-} bytes=${4:-}
is_plain "$dir" || refuse "$usage"
[ "$asked" = open ] || is_plain "$name" || refuse "$usage"

case $asked:$# in
open:2)
	number=1 new=$dir
	# One that was made by an attempt whose answer got lost is as good as a new one.
	until mkdir "$new" 2>/dev/null || { [ ! -L "$new" ] && rmdir "$new" 2>/dev/null && mkdir "$new"; }; do
		if [ ! -e "$new" ] || [ "$number" -ge 1000 ]; then refuse "no folder can be made in $folder"; fi
		number=$((number + 1)) new=$dir-$number
	done
	sync . || refuse "$new did not reach the disk"
	echo "ready $new"
	;;
store:3)
	enter "$dir"
	[ ! -e "$name" ] || refuse "$dir/$name is already there"
	rm -f "$name-incomplete"
	# What cat says is the reason: no space left, for one.
	cat >"$name-incomplete" || exit 1
	sync "$name-incomplete" || refuse "$dir/$name did not reach the disk"
	echo "$(stat -c %s "$name-incomplete") stored"
	;;
finish:4)
	enter "$dir"
	[ ! -e "$name" ] || refuse "$dir/$name is already there"
	found=$(stat -c %s "$name-incomplete" 2>/dev/null) || refuse "$dir/$name was not stored"
	[ "$found" = "$bytes" ] || refuse "$dir/$name has $found bytes, not $bytes"
	mv "$name-incomplete" "$name" || exit 1
	sync . || refuse "$dir/$name did not reach the disk"
	echo "$found finished"
	;;
*) refuse "$usage" ;;
esac
