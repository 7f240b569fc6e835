# The block device that target_by and target_value name.

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
