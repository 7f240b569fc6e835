# Devices made of others. target_stack names what puts them together, from the disks up: md, lvm, luks.
# Disks come one after the other, so it is tried again whenever there is a new one.

stacked=

# grow_stack LAST: puts together what can be; LAST is 1 when no more disks are expected, and arrays may lack some
grow_stack() {
	[ -n "${target_stack:-}" ] || return 0
	[ "$stacked" != "$1 $(ls "$sys/class/block")" ] || return 0
	for layer in $target_stack; do
		"grow_$layer" "$1"
	done
	# What came of it is no new disk.
	stacked="$1 $(ls "$sys/class/block")"
}

# lower_devices: nodes that may be part of a stack, one a line
lower_devices() {
	for at in "$sys"/class/block/*; do
		name=${at##*/}
		case $name in loop* | ram* | zram* | sr[0-9]* | fd[0-9]*) continue ;; esac
		[ -e "$at/uevent" ] && ! is_left_out "$name" && node_of "$name"
	done
}

# is_left_out NAME: somebody's stick is no place for a dump, whatever its header says
is_left_out() { [ "${target_removable:-no}" != yes ] && is_removable "$1"; }

# left_out: for a message, disks that no stack was looked for on
left_out() {
	[ -n "${target_stack:-}" ] || return 0
	for at in "$sys"/class/block/*; do
		name=${at##*/}
		case $name in sr[0-9]* | fd[0-9]*) continue ;; esac
		[ ! -e "$at/partition" ] && is_left_out "$name" && echo " $(node_of "$name")"
	done | tr -d '\n' | sed 's/..*/; not looked at for a part of it, because removable (the profile allows it with target.removable):&/'
}

grow_md() {
	modprobe -q md_mod
	# Only what is written starts an array for good; nobody has time to bring its members in line now.
	echo 1 2>/dev/null >"$sys/module/md_mod/parameters/start_ro"
	for state in "$sys"/class/block/md*/md/array_state; do
		[ "$(cat "$state" 2>/dev/null)" = inactive ] || continue
		name=${state#"$sys/class/block/"}
		mdadm --quiet --stop "$dev/${name%%/*}"
	done
	nodes=$(lower_devices | tr '\n' ' ')
	{
		# Where it finds no path there, mdadm looks at all of them.
		printf 'DEVICE %s\nHOMEHOST <ignore>\n' "${nodes:-/none}"
		if [ -n "${target_md:-}" ]; then
			printf 'ARRAY %s UUID=%s\nAUTO -all\n' "$target_value" "$target_md"
		else
			echo 'AUTO +all'
		fi
	} >"$run/mdadm.conf"
	[ "$1" = 1 ] && how=--run || how=--no-degraded
	mdadm --quiet --assemble --scan "$how" --config="$run/mdadm.conf"
	for action in "$sys"/class/block/md*/md/sync_action; do
		echo frozen 2>/dev/null >"$action"
	done
}

# lvm_settings: without udev LVM must neither ask it nor wait for it; what it makes is found by its name in sysfs. It sees
# only what may be part of a stack.
lvm_settings() {
	echo 'activation { udev_sync=0 udev_rules=0 monitoring=0 } backup { backup=0 archive=0 }'
	printf 'devices { obtain_device_list_from_udev=0 external_device_info_source="none" use_devicesfile=0 global_filter=[%s"r|.*|"] }' \
		"$(lower_devices | sed 's/.*/"a|^&$|"/' | tr '\n' ',')"
}

grow_lvm() {
	modprobe -q dm_mod
	mkdir -p /run/lvm /run/lock/lvm
	if [ -n "${target_lv:-}" ]; then
		LVM_SUPPRESS_FD_WARNINGS=1 lvm lvchange --config "$(lvm_settings)" --sysinit --activate y "$target_lv"
	else
		LVM_SUPPRESS_FD_WARNINGS=1 lvm vgchange --config "$(lvm_settings)" --sysinit --activate y
	fi >"$run/lvm" 2>&1 || say "lvm: $(tail -n 1 "$run/lvm")"
}

# luks_uuid FILE: from the header of either version
luks_uuid() {
	[ "$(peek "$1" 0 6)" = '4c 55 4b 53 ba be ' ] || return
	dd if="$1" bs=1 skip=168 count=40 2>/dev/null | tr -d '\0'
}

grow_luks() {
	[ ! -e "$dev/mapper/$target_mapping" ] || return 0
	volumes=
	for at in "$sys"/class/block/*; do
		node=$(node_of "${at##*/}")
		[ "$(luks_uuid "$node")" = "$target_luks" ] || continue
		is_left_out "${at##*/}" || volumes="$volumes $node"
	done
	# shellcheck disable=SC2086 # names without blanks
	set -- $volumes
	[ $# -gt 0 ] || return 0
	[ $# -eq 1 ] || fail "several devices have the LUKS volume $target_luks:$volumes; give the target one that is the only one"
	[ -s "$target_volume_key" ] || fail "the local overlay has no $target_volume_key, which opens the LUKS volume"
	modprobe -q dm_crypt
	why=$(DM_DISABLE_UDEV=1 cryptsetup open --type luks --disable-keyring --volume-key-file "$target_volume_key" "$1" "$target_mapping" 2>&1) ||
		fail "the LUKS volume on $1 cannot be opened: $(echo "$why" | tail -n 1)"
}
