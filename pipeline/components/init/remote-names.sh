# Names on another machine: a directory for each panic, and in it the names that kdump-utils gives.

# remote_directory: <host>-<stamp>, of characters that no shell, file system or URL takes for anything else
remote_directory() { printf %s "$host-$stamp" | tr -c 'A-Za-z0-9._:-' -; }

# remote_name OBJECT: the file that it becomes
remote_name() {
	case $1 in
	dmesg*) echo "vmcore-dmesg.txt${1#dmesg}" ;;
	*) echo "$1" ;;
	esac
}
