# The block device that target_by and target_value name: one, or none. Of several it is the one whose bytes
# are ours, or blank; what is unknown is overwritten only where no other device could be meant.

dev=/dev
# Seconds without a new device after which no twin is expected any more.
settle=3
# Bytes that virtio, NVMe and ATA have for a serial number.
serial_room=20

node_of() { echo "$dev/$(echo "$1" | tr ! /)"; }

# attribute NAME FILE: of a block device, or of the disk that it is a partition of
attribute() {
	cat "$sys/class/block/$1/$2" 2>/dev/null || cat "$sys/class/block/$(disk_of "$1")/$2" 2>/dev/null
}

# disk_of NAME: the disk that a partition is on; a disk itself
disk_of() {
	if [ -e "$sys/class/block/$1/partition" ]; then
		basename "$(dirname "$(readlink -f "$sys/class/block/$1")")"
	else
		echo "$1"
	fi
}

# uses NAME...: tells PID 1 what this attempt is going to read or write, in case that never ends
uses() { printf '%s\n' "$@" 2>/dev/null >"$run/at-work"; }

# is_hung NAME: is it on a disk that somebody waits for without end?
is_hung() {
	[ -e "$run/hung" ] || return
	hung_disk=$(disk_of "$1")
	while read -r hung_name; do
		[ "$(disk_of "$hung_name")" != "$hung_disk" ] || return 0
	done <"$run/hung"
	return 1
}

# --- which may be used at all ---

# unusable NAME: why this device cannot take a dump; nothing for one that can
unusable() {
	case $1 in
	loop* | ram* | zram*) echo 'in memory' && return ;;
	sr[0-9]* | fd[0-9]*) echo 'no disk' && return ;;
	dm-* | md[0-9]*) [ -n "${target_stack:-}" ] || { echo 'made of other devices' && return; } ;;
	# With a stack, only what comes out of it can be meant.
	*) [ -z "${target_stack:-}" ] || { echo "not made by $target_stack" && return; } ;;
	esac
	is_hung "$1" && echo 'on a disk that did not answer' && return
	# One path of a disk that the kernel shows as a whole under another name.
	[ "$(attribute "$(disk_of "$1")" hidden)" = 1 ] && echo hidden && return
	[ "$(attribute "$1" size)" = 0 ] && echo empty && return
	[ "$(attribute "$1" ro)" = 1 ] && echo read-only && return
	case $(attribute "$1" device/state) in
	offline | transport-offline | dead | deleting*) echo offline && return ;;
	esac
	for holder in "$sys/class/block/$1/holders"/*; do
		[ ! -e "$holder" ] || { echo "part of ${holder##*/}" && return; }
	done
	[ "${target_removable:-no}" = yes ] || ! is_removable "$1" || { echo removable && return; }
	[ -z "${target_types:-}" ] || unfit "$1"
}

# is_removable NAME: can the disk be pulled out? A stick may be labelled like the target, and belong to anybody.
is_removable() {
	disk=$(disk_of "$1")
	[ "$(attribute "$disk" removable)" = 1 ] && return
	[ "$(attribute "$disk" device/type)" = SD ] && return
	at=$(readlink -f "$sys/class/block/$disk")
	case $at in */usb[0-9]*) return 0 ;; esac
	# A slot that leads out of the machine says so itself, however far up it is.
	while [ -n "$at" ]; do
		[ "$(cat "$at/removable" 2>/dev/null)" = removable ] && return
		at=${at%/*}
	done
	return 1
}

# --- which answers to the name ---

# uuid_of BYTE...: 16 bytes in their order, as a UUID is written
uuid_of() {
	[ $# -eq 16 ] && echo "$1$2$3$4-$5$6-$7$8-$9${10}-${11}${12}${13}${14}${15}${16}"
}

# partition_uuid NAME DISK-FILE: as the kernel names it, from the GPT or the MBR; kernels before 6.10 do not tell
partition_uuid() {
	index=$(cat "$sys/class/block/$1/partition")
	sector=$(attribute "$(disk_of "$1")" queue/logical_block_size)
	if [ "$(peek "$2" "$sector" 8)" = '45 46 49 20 50 41 52 54 ' ]; then
		table=$(little $(peek "$2" $((sector + 72)) 8))
		entry=$(little $(peek "$2" $((sector + 84)) 4))
		set -- $(peek "$2" $((table * sector + (index - 1) * entry + 16)) 16)
		uuid_of "$4" "$3" "$2" "$1" "$6" "$5" "$8" "$7" "$9" "${10}" "${11}" "${12}" "${13}" "${14}" "${15}" "${16}"
	elif [ "$(peek "$2" 510 2)" = '55 aa ' ]; then
		set -- $(peek "$2" 440 4)
		printf '%s%s%s%s-%02x\n' "$4" "$3" "$2" "$1" "$index"
	fi
}

trimmed() { tr -d '\0' | sed 's/^ *//; s/ *$//'; }

# disk_serial NAME: by virtio, NVMe, SCSI or USB
disk_serial() {
	at=$sys/class/block/$1
	for file in "$at/serial" "$at/device/serial"; do
		[ -r "$file" ] && trimmed <"$file" && return
	done
	[ -r "$at/device/vpd_pg80" ] && tail -c +5 "$at/device/vpd_pg80" | trimmed && return
	# A disk behind USB keeps its own from the kernel: the plug tells one.
	at=$(readlink -f "$at")
	while [ -n "$at" ]; do
		[ -r "$at/idVendor" ] && [ -r "$at/serial" ] && trimmed <"$at/serial" && return
		at=${at%/*}
	done
}

# is_serial NAME: is the disk's serial number target_value, as its bus spells that?
is_serial() {
	found=$(disk_serial "$1")
	[ -n "$found" ] || return
	[ "$found" = "$target_value" ] && return
	case $1:$(attribute "$1" device/vendor) in
	vd*:* | nvme*:* | sd*:ATA*) ;;
	*) return 1 ;;
	esac
	# A longer one is cut, and Amazon's volumes have the dash of vol-… left out.
	[ "$found" = "$(printf %s "$target_value" | head -c "$serial_room" | trimmed)" ] ||
		[ "$found" = "$(printf %s "$target_value" | sed -n 's/^vol-/vol/p')" ]
}

# swap_uuid FILE: of swap space, which the kernel keeps no record of
swap_uuid() {
	for end in 4096 65536; do
		case $(peek "$1" $((end - 10)) 10) in
		'53 57 41 50 53 50 41 43 45 32 ') uuid_of $(peek "$1" 1036 16) ;;
		esac
	done
}

# device_uuid NAME: of an NVMe namespace, of swap space, or the one that our marker holds
device_uuid() {
	cat "$sys/class/block/$1/uuid" 2>/dev/null
	swap_uuid "$(node_of "$1")"
	marker_value "$(node_of "$1")" uuid
}

lower() { printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]'; }

# is_target NAME: does this block device answer to target_by and target_value?
is_target() {
	at=$sys/class/block/$1
	wanted=$(lower "$target_value")
	case $target_by in
	path) [ "$(node_of "$1")" = "$dev/${target_value#/dev/}" ] ;;
	partuuid)
		[ -e "$at/partition" ] || return 1
		found=$(sed -n 's/^PARTUUID=//p' "$at/uevent")
		[ -n "$found" ] || found=$(partition_uuid "$1" "$(node_of "$(disk_of "$1")")")
		[ "$(lower "$found")" = "$wanted" ]
		;;
	partlabel) grep -qxF "PARTNAME=$target_value" "$at/uevent" ;;
	serial) [ ! -e "$at/partition" ] && is_serial "$1" ;;
	# A file system's.
	fsuuid) [ "$(superblock "$(node_of "$1")" | cut -d ' ' -f 2)" = "$wanted" ] ;;
	fslabel) [ "$(superblock "$(node_of "$1")" | cut -d ' ' -f 3)" = "$(hex_of "$target_value")" ] ;;
	mapper) [ "$(cat "$at/dm/name" 2>/dev/null)" = "$target_value" ] ;;
	uuid) device_uuid "$1" | tr '[:upper:]' '[:lower:]' | grep -qxF "$wanted" ;;
	*) return 1 ;;
	esac
}

# --- which of them ---

# matching: names of all devices that answer, one a line
matching() {
	for at in "$sys"/class/block/*; do
		name=${at##*/}
		[ -e "$sys/class/block/$name/uevent" ] || continue
		is_hung "$name" && continue
		uses "$name"
		is_target "$name" && echo "$name"
	done
}

# identity NAME: the same for two paths to one disk, where the disk has a name that is its own in all the world
identity() {
	case $(attribute "$1" wwid || attribute "$1" device/wwid) in
	naa.* | eui.* | uuid.*)
		echo "$(attribute "$1" wwid || attribute "$1" device/wwid) $(cat "$sys/class/block/$1/partition" 2>/dev/null) $(attribute "$1" size)"
		;;
	*) echo "$1" ;;
	esac
}

# candidates: names of the devices that answer and may be used; of one disk with several paths one
candidates() {
	matching | while read -r name; do
		[ -z "$(unusable "$name")" ] && echo "$(identity "$name")|$name"
	done | awk -F'|' '!seen[$1]++ { print $2 }'
}

# only LINE...: the line, if there is one and no more
only() { [ $# -eq 1 ] && echo "$1"; }

# choose NAME...: prints the node of the one that is meant; status 1 for none, 2 for several of which none is the one
choose() {
	[ $# -gt 0 ] || return 1
	if [ $# -gt 1 ]; then
		# Nothing tells one file system from its copy.
		[ -z "${target_types:-}" ] || return 2
		ours='' blank=''
		for name; do
			case $(content "$(node_of "$name")") in
			ours) ours="$ours $name" ;;
			blank) blank="$blank $name" ;;
			esac
		done
		# shellcheck disable=SC2086 # names without blanks
		set -- $(only ${ours:-$blank})
		[ $# -eq 1 ] || return 2
	fi
	node_of "$1"
}

find_device() { choose $(candidates); }

# passed_over: what answers to the name and cannot be used, with the reason
passed_over() {
	matching | while read -r name; do
		why=$(unusable "$name")
		[ -z "$why" ] || echo "; $(node_of "$name") is passed over: $why"
		[ "$why" != removable ] || echo ' (the profile allows it with target.removable)'
	done | tr -d '\n'
}

# hung_disks: what is not even looked at
hung_disks() {
	[ ! -e "$run/hung" ] || printf '; not used, because somebody waits for it without end: %s' "$(tr '\n' ' ' <"$run/hung")"
}

none_found() {
	fail "no device with $target_by $target_value within $target_wait s; present: $(ls "$sys/class/block" | tr '\n' ' ')$(passed_over)$(left_out)$(hung_disks)"
}

several_found() {
	fail "several devices have $target_by $target_value, and none is written to:$(
		candidates | while read -r name; do
			echo " $(node_of "$name") ($(content "$(node_of "$name")"))"
		done | tr '\n' ','
	) $([ -n "${target_types:-}" ] || echo 'make one blank, or ')give the target a name of its own"
}

# wait_for_device: sets `device`, or fails
wait_for_device() {
	limit=$(($(uptime_seconds) + target_wait))
	present='' found='' verdict=1 since=0
	# What an earlier attempt has waited for, this one need not.
	[ ! -e "$run/devices" ] || {
		read -r since
		present=$(cat)
	} <"$run/devices"
	while :; do
		now=$(uptime_seconds)
		names=$(ls "$sys/class/block")
		[ "$names" = "$present" ] || {
			since=$now present=$names
			printf '%s\n' "$since" "$present" >"$run/devices"
		}
		names=$(candidates)
		if [ "$names" != "$found" ]; then
			found=$names
			# shellcheck disable=SC2086 # names without blanks
			device=$(choose $found)
			verdict=$?
			# Nothing is lost on these, whatever else may come.
			[ "$verdict" -ne 0 ] || case $(content "$device") in blank | ours) return 0 ;; esac
		fi
		case $verdict:$((now - since >= settle || now >= limit)) in
		0:1) return 0 ;;
		2:1) several_found ;;
		1:*) [ "$now" -lt "$limit" ] || none_found ;;
		esac
		coldplug
		grow_stack $((now - since >= settle))
		sleep 0.2
	done
}
