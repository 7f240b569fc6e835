# An NFS export. The kernel mounts it without help; it wants addresses, not names.

# Seconds for the mount: a server that takes connections and does not answer is as good as none.
nfs_mount_limit=60
# Seconds for each try to end it, which must not keep the machine from its own end.
nfs_umount_limit=5

# nfs_options: of the mount. A server that is away for a while is waited for; the attempt's time is what ends that.
nfs_options() {
	options=hard,timeo=50,retrans=2,proto=$1,addr=$address
	case $target_version in
	3) options=$options,vers=3,nolock,mountproto=$1,mountaddr=$address${target_mount_port:+,mountport=$target_mount_port} ;;
	*) options=$options,vers=$target_version,clientaddr=$(own_address_to "$address") ;;
	esac
	echo "$options${target_port:+,port=$target_port}${target_options:+,$target_options}"
}

# nfs_mount: sets `nfs_place`, or fails
nfs_mount() {
	case $address in
	*:*) source="[$address]" proto=tcp6 ;;
	*) source=$address proto=tcp ;;
	esac
	case $target_version in
	3) type=nfs module=nfsv3 ;;
	*) type=nfs4 module=nfsv4 ;;
	esac
	modprobe -q "$module"
	nfs_place=$run/nfs.$target_number
	mkdir -p "$nfs_place"
	said=$(timeout -k 2 "$nfs_mount_limit" mount -t "$type" -o "$(nfs_options "$proto")" \
		"$source:$target_export" "$nfs_place" 2>&1) && return
	case $? in
	124 | 137 | 143) said="the server does not answer within $nfs_mount_limit s" ;;
	esac
	fail "$target_server:$target_export cannot be mounted with NFS $target_version: ${said##*failed: }"
}

nfs_open() {
	network_up
	address_of "$target_server"
	# Where NFS 3 names no ports, the server's rpcbind is asked for them.
	reach "$address" "${target_port:-$([ "$target_version" = 3 ] && echo 111 || echo 2049)}"
	nfs_mount
	open_files "$nfs_place" "$target_server:$target_export"
}

nfs_store() { store_file "$1"; }

nfs_finish() {
	finish_files
	nfs_close
}

# What is not yet written is given up: what counts has been confirmed by the server. Each try ends the calls that are
# waiting for the server, and with them whoever holds the mount.
nfs_close() {
	nfs_place=$run/nfs.$target_number
	for try in 1 2 3 4 5 6; do
		# Not a look at the mount itself, which would ask the server.
		grep -q " $nfs_place nfs" /proc/mounts || return 0
		timeout -k 1 "$nfs_umount_limit" umount -f "$nfs_place" 2>/dev/null && return
		sleep 0.2
	done
	umount -l "$nfs_place" 2>/dev/null
}
