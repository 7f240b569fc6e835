# Drivers: those that the profile names, then those that the buses ask for.

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

plugged=

# Drivers for whatever the buses have found so far.
coldplug() {
	aliases=$(find "$sys/devices" -name modalias -exec cat {} + 2>/dev/null | sort -u)
	# It is asked for again and again while a device is waited for.
	[ "$aliases" != "$plugged" ] || return
	plugged=$aliases
	printf '%s\n' "$aliases" | tr '\n' '\0' | xargs -0 -r modprobe -abq 2>/dev/null
}
