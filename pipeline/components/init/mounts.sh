# The file systems that the kernel shows itself in, and names for busybox's programs.

mount_all() {
	/bin/busybox --install -s /bin
	mkdir -p /proc /sys /dev /tmp /run
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mount -t tmpfs tmpfs /tmp
	# Else the kernel drops our lines when there are more than ten in five seconds.
	echo on 2>/dev/null >/proc/sys/kernel/printk_devkmsg
}
