#!/bin/busybox sh
# shellcheck shell=dash disable=SC1091,SC2012,SC2046,SC2154
# PID 1 of the capture kernel: saves /proc/vmcore to the dump target, then takes the final action.
# The work runs in a child: whatever ends it, PID 1 is there to take the failure action.
# Settings (target_*, dump_*, modules and so on) come from /etc/crashseal/config, which the overlay holds.

PATH=/bin:/sbin:/usr/bin:/usr/sbin
export PATH

sys=/sys
vmcore=/proc/vmcore
marker_size=4096
# A device counts as blank when this much at each end is zero.
edge=$((1024 * 1024))
final_action=reboot
failure_action=reboot

# The kernel's log is written to the console at once; what goes to a tty can be lost by a reset.
log() {
	printf '<%s>crashseal: %s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || printf 'crashseal: %s\n' "$2"
}
say() { log 5 "$*"; }
shout() { log 3 "$*"; }
fail() {
	shout "$*"
	exit 1
}

uptime_seconds() { cut -d. -f1 /proc/uptime; }

# peek FILE OFFSET COUNT: bytes as hex, each followed by a blank
peek() {
	dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | hexdump -v -e '1/1 "%02x "'
}

# little BYTE...: the little-endian number that these hex bytes make
little() {
	value=
	for byte; do value=$byte$value; done
	echo "$((0x${value:-0}))"
}

# count_set FILE OFFSET COUNT: how many bytes are not zero; OFFSET and COUNT are multiples of 4096
count_set() {
	dd if="$1" bs=4096 skip="$(($2 / 4096))" count="$(($3 / 4096))" 2>/dev/null | tr -d '\0' | wc -c
}

device_size() { blockdev --getsize64 "$1"; }

prepare() {
	/bin/busybox --install -s /bin
	mkdir -p /proc /sys /dev /tmp /run
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mount -t tmpfs tmpfs /tmp
	# Else the kernel drops our lines when there are more than ten in five seconds.
	echo on 2>/dev/null >/proc/sys/kernel/printk_devkmsg
}

# --- modules ---

softdeps() {
	awk -v name="$1" '
		{ gsub("-", "_", $2) }
		$1 == "softdep" && $2 == name {
			pre = 0
			for (i = 3; i <= NF; i++)
				if ($i ~ /:$/) pre = ($i == "pre:")
				else if (pre) print $i
		}' "/lib/modules/$(uname -r)/modules.softdep" 2>/dev/null
}

load_modules() {
	for module in $modules; do
		for before in $(softdeps "$module"); do
			modprobe -q "$before"
		done
		modprobe "$module" || say "module $module could not be loaded"
	done
}

# CCW devices (s390x) come offline; a virtio one sets itself online.
set_online() {
	for id in ${target_online:-}; do
		echo 1 2>/dev/null >"$sys/bus/ccw/devices/$id/online" || say "device $id could not be set online"
	done
}

# Drivers for whatever the buses have found so far.
coldplug() {
	find "$sys/devices" -name modalias -exec cat {} + 2>/dev/null |
		sort -u | tr '\n' '\0' | xargs -0 -r modprobe -abq 2>/dev/null
}

# --- the dump target ---

# disk_of NAME: the disk that a partition is on
disk_of() { basename "$(dirname "$(readlink -f "$sys/class/block/$1")")"; }

# partition_uuid NAME DISK-FILE: as the kernel names it, from the GPT or the MBR; kernels before 6.10 do not tell
partition_uuid() {
	index=$(cat "$sys/class/block/$1/partition")
	sector=$(cat "$sys/class/block/$(disk_of "$1")/queue/logical_block_size")
	if [ "$(peek "$2" "$sector" 8)" = '45 46 49 20 50 41 52 54 ' ]; then
		table=$(little $(peek "$2" $((sector + 72)) 8))
		entry=$(little $(peek "$2" $((sector + 84)) 4))
		set -- $(peek "$2" $((table * sector + (index - 1) * entry + 16)) 16)
		echo "$4$3$2$1-$6$5-$8$7-$9${10}-${11}${12}${13}${14}${15}${16}"
	elif [ "$(peek "$2" 510 2)" = '55 aa ' ]; then
		set -- $(peek "$2" 440 4)
		printf '%s%s%s%s-%02x\n' "$4" "$3" "$2" "$1" "$index"
	fi
}

# disk_serial NAME: by virtio, NVMe or SCSI
disk_serial() {
	at=$sys/class/block/$1
	for file in "$at/serial" "$at/device/serial"; do
		[ -r "$file" ] && sed 's/^ *//; s/ *$//' "$file" && return
	done
	[ -r "$at/device/vpd_pg80" ] && tail -c +5 "$at/device/vpd_pg80" | tr -d '\0' | sed 's/^ *//; s/ *$//'
}

# device_uuid NAME: of an NVMe namespace, a device-mapper or md device, or the one that our marker holds
device_uuid() {
	for file in uuid dm/uuid md/uuid; do
		[ -r "$sys/class/block/$1/$file" ] && cat "$sys/class/block/$1/$file"
	done
	marker_value "/dev/$1" uuid
}

lower() { printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]'; }

# is_target NAME: does this block device answer to target_by and target_value?
is_target() {
	at=$sys/class/block/$1
	wanted=$(lower "$target_value")
	case $target_by in
	partuuid)
		[ -e "$at/partition" ] || return 1
		found=$(sed -n 's/^PARTUUID=//p' "$at/uevent")
		[ -n "$found" ] || found=$(partition_uuid "$1" "/dev/$(disk_of "$1")")
		[ "$(lower "$found")" = "$wanted" ]
		;;
	partlabel) grep -qxF "PARTNAME=$target_value" "$at/uevent" ;;
	serial) [ ! -e "$at/partition" ] && [ "$(disk_serial "$1")" = "$target_value" ] ;;
	uuid) device_uuid "$1" | tr '[:upper:]' '[:lower:]' | grep -qxF "$wanted" ;;
	*) return 1 ;;
	esac
}

# find_device: prints the device node, or fails
find_device() {
	if [ "$target_by" = path ]; then
		[ -b "$target_value" ] && echo "$target_value"
		return
	fi
	for at in "$sys"/class/block/*; do
		[ -e "$at/uevent" ] && is_target "${at##*/}" && echo "/dev/${at##*/}" && return
	done
	# Swap space, which the kernel keeps no record of.
	[ "$target_by" = uuid ] && findfs "UUID=$target_value" 2>/dev/null
}

wait_for_device() {
	limit=$(($(uptime_seconds) + target_wait))
	until device=$(find_device); do
		[ "$(uptime_seconds)" -lt "$limit" ] ||
			fail "no device with $target_by $target_value within $target_wait s; present: $(ls "$sys/class/block" | tr '\n' ' ')"
		coldplug
		sleep 0.2
	done
}

# --- what is on it ---

# marker_value FILE NAME: a line of our record at the device's end; for an empty NAME, whether there is one
marker_value() {
	size=$(device_size "$1" 2>/dev/null) || return 1
	[ "$size" -ge "$marker_size" ] || return 1
	dd if="$1" bs=512 skip=$(((size - marker_size) / 512)) 2>/dev/null | tr -d '\0' | awk -F= -v name="$2" '
		NR == 1 && $0 != "crashseal-dump 1" { exit }
		NR == 1 && name == "" { print "yes"; exit }
		$1 == name { print substr($0, length(name) + 2) }'
}

# What other programs put on a device, one a line: offset|bytes|name. The offsets lie in `windows`.
signatures='512|4546492050415254|a GPT partition table
4096|4546492050415254|a GPT partition table
1080|53ef|an ext2, ext3 or ext4 file system
0|58465342|an XFS file system
65600|5f42485266535f4d|a btrfs file system
512|4c4142454c4f4e45|an LVM physical volume
0|4c554b53babe|a LUKS volume
4096|fc4e2ba9|a member of an md array
0|fc4e2ba9|a member of an md array
4086|53574150535041434532|swap space
4086|535741502d5350414345|swap space
65526|53574150535041434532|swap space
1024|1020f5f2|an F2FS file system
1024|e2e1f5e0|an EROFS file system
0|68737173|a squashfs file system
65588|526549734572324673|a reiserfs file system
65588|526549734572334673|a reiserfs file system
32768|4a465331|a JFS file system
65536|01161970|a GFS2 file system
8192|4f4346535632|an OCFS2 file system
1030|3434|a NILFS2 file system
4120|c68573f64e1a45ca8265f57f48ba6d81|a bcachefs or bcache device
32769|4344303031|an ISO 9660 file system
1024|482b|an HFS+ file system
0|626c756573746f7265|a Ceph object store
32|4f52434c4449534b|an Oracle ASM disk
0|696e7465677274|a dm-integrity device
0|646d76646f303031|a VDO device
516|2153747261307469|a Stratis pool
510|55aa|a boot sector or an MBR partition table'
# start:size in 512-byte blocks
windows='0:17 64:1 127:2'

# identify FILE: the first signature found
identify() {
	{
		for window in $windows; do
			printf '%s|' "$((${window%:*} * 512))"
			dd if="$1" bs=512 skip="${window%:*}" count="${window#*:}" 2>/dev/null | hexdump -v -e '1/1 "%02x"'
			echo
		done
		printf '%s\n' "$signatures"
	} | awk -F'|' '
		NF == 2 { start[++windows] = $1; bytes[windows] = $2; next }
		{
			for (i = 1; i <= windows; i++) {
				at = 2 * ($1 - start[i])
				if (at >= 0 && substr(bytes[i], at + 1, length($2)) == $2) { print $3; exit }
			}
		}'
}

# content FILE: "blank", "ours", "unknown data", or what it is
content() {
	size=$(device_size "$1")
	[ "$(count_set "$1" 0 "$edge")" -eq 0 ] && blank_head=yes || blank_head=no
	if [ -n "$(marker_value "$1" '')" ]; then
		# A file system made since has overwritten the start of our dump, but maybe not its end.
		case $blank_head:$(peek "$1" 0 13) in
		yes:* | no:'6d 61 6b 65 64 75 6d 70 66 69 6c 65 00 ' | no:'7f 45 4c 46 '*)
			echo ours
			return
			;;
		esac
	elif [ "$blank_head" = yes ] &&
		[ "$(count_set "$1" $(((size - edge) / 4096 * 4096)) $((edge + 4096)))" -eq 0 ]; then
		echo blank
		return
	fi
	known=$(identify "$1")
	echo "${known:-unknown data}"
}

check_device() {
	size=$(device_size "$device") || fail "$device cannot be read"
	[ "$size" -ge $((4 * edge)) ] || fail "$device is too small for a dump: $size bytes"
	device_bytes=$size
	found=$(content "$device")
	case $found in
	# The profile names this device as raw; what no known program lays claim to is not worth losing a dump.
	blank | ours | 'unknown data') ;;
	'swap space')
		# The profile names this very swap space by its UUID.
		[ "$target_by" = uuid ] || fail "$device holds swap space and is left alone; name it by its UUID to have it overwritten"
		;;
	*) fail "$device holds $found and is left alone; to make it a dump target, wipe it: wipefs -a" ;;
	esac
	say "dump target $device, $device_bytes bytes, $found"
}

# --- saving ---

# mark STATE SIZE FINISHED: our record in the last 4096 bytes
mark() {
	{
		printf 'crashseal-dump 1\nstate=%s\nformat=%s\nsize=%s\nprofile=%s\nrelease=%s\nbundle=%s\nstarted=%s\nfinished=%s\n' \
			"$1" "$format" "$2" "$profile" "$(uname -r)" "$bundle" "$started" "$3"
		[ "$target_by" = uuid ] && printf 'uuid=%s\n' "$target_value"
	} >/tmp/marker
	truncate -s "$marker_size" /tmp/marker
	dd if=/tmp/marker of="$device" bs=512 seek=$(((device_bytes - marker_size) / 512)) conv=notrunc,fsync 2>/dev/null
}

# Both leave the device open as descriptor 3; its position tells the bytes written.
save_filtered() {
	format=kdump
	exec 3<>"$device"
	# shellcheck disable=SC2086 # no option is an empty word
	makedumpfile -F -d "$dump_level" $dump_compression --message-level 4 "$vmcore" >&3
}

save_raw() {
	format=elf
	vmcore_bytes=$(stat -c %s "$vmcore")
	[ "$vmcore_bytes" -le $((device_bytes - marker_size)) ] ||
		fail "the vmcore does not fit: $vmcore_bytes bytes, $device has $device_bytes and keeps $marker_size of them"
	exec 3<>"$device"
	cat "$vmcore" >&3
}

written() { awk '$1 == "pos:" { print $2 }' /proc/self/fdinfo/3; }

save() {
	if [ "$dump_format" = kdump ]; then
		save_filtered && return
		shout "makedumpfile failed after $(written) bytes; copying the whole vmcore instead"
	fi
	save_raw || fail "copying the vmcore to $device failed after $(written) bytes"
}

# --- what is to be saved ---

# program_headers: of the vmcore, a line each: type, offset, bytes in the file, bytes in memory; "none" for what is no ELF core
program_headers() {
	# Fields of 16 and 32 bits are read in this machine's order, which is the file's.
	head -c 64 "$vmcore" | hexdump -v -e '16/1 "%02x" " " 24/2 "%u " "\n"' | {
		read -r ident type _ _ _ _ _ _ _ offset _ _ _ _ _ _ _ _ _ header entry count _
		case "$ident $type $header $entry $offset" in
		7f454c460201*' 4 64 56 64' | 7f454c460202*' 4 64 56 '*) ;;
		*)
			echo none
			exit
			;;
		esac
		head -c $((64 + 56 * count)) "$vmcore" | tail -c +65 | hexdump -v -e '14/4 "%u " "\n"' |
			awk -v big="$(case $ident in 7f454c460202*) echo 1 ;; *) echo 0 ;; esac)" '
			function wide(i) { return big ? $i * 4294967296 + $(i + 1) : $(i + 1) * 4294967296 + $i }
			NF == 14 { printf "%d %.0f %.0f %.0f\n", $1, wide(3), wide(9), wide(11) }'
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

# has_vmcoreinfo: is the note there without which no tool finds anything?
has_vmcoreinfo() {
	program_headers | while read -r type offset bytes _; do
		[ "$type" -eq 4 ] || continue
		dd if="$vmcore" bs=4096 skip=$((offset / 4096)) count=$((bytes / 4096 + 2)) 2>/dev/null
	done | grep -qa VMCOREINFO
}

check_vmcore() {
	[ -e "$vmcore" ] || fail "there is no /proc/vmcore: this kernel was not started by a panic, or the ELF core header is damaged or not for it (see its messages above)"
	[ -s "$vmcore" ] || fail "/proc/vmcore is empty"
	fault=$(vmcore_fault)
	[ -z "$fault" ] || fail "/proc/vmcore makes no sense: $fault; the ELF core header was damaged before this kernel started"
	has_vmcoreinfo || shout "/proc/vmcore has no VMCOREINFO: the ELF core header was damaged; memory is saved all the same"
}

capture() {
	say "capture kernel $(uname -r), profile $profile"
	check_vmcore
	load_modules
	set_online
	wait_for_device
	check_device
	begun=$(uptime_seconds)
	started=$(date +%s)
	format=$dump_format
	mark writing 0 0 || fail "$device cannot be written"
	save
	bytes=$(written)
	[ "$bytes" -gt 0 ] || fail "nothing was written to $device"
	[ "$bytes" -le $((device_bytes - marker_size)) ] ||
		fail "the dump does not fit: it took $bytes bytes, $device has $device_bytes and keeps $marker_size of them"
	# All of the dump is on the device before the marker says so.
	dd if=/dev/null of="$device" conv=notrunc,fsync 2>/dev/null || fail "$device reports an error while writing"
	mark complete "$bytes" "$(date +%s)" || fail "the marker could not be written to $device"
	shout "vmcore saved: $bytes bytes to $device in $(($(uptime_seconds) - begun)) s"
}

# --- the end ---

act() {
	say "action: $1"
	sync
	case $1 in
	poweroff) poweroff -f ;;
	halt) halt -f ;;
	shell)
		setsid cttyhack sh </dev/console >/dev/console 2>&1
		reboot -f
		;;
	*) reboot -f ;;
	esac
	sleep 5
	shout "$1 had no effect"
	echo b >/proc/sysrq-trigger
	while :; do sleep 60; done
}

# Sourced by a test, this file only defines what is above.
if [ $$ -eq 1 ]; then
	prepare
	if (. /etc/crashseal/config) 2>/dev/null; then
		. /etc/crashseal/config
		if (capture); then act "$final_action"; fi
	else
		shout 'there are no settings: the initramfs overlay is missing'
	fi
	shout 'no vmcore was saved'
	act "$failure_action"
fi
