# CCW devices come offline; a virtio one sets itself online.

set_online() {
	for id in ${target_online:-}; do
		echo 1 2>/dev/null >"$sys/bus/ccw/devices/$id/online" || say "device $id could not be set online"
	done
}
