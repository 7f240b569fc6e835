# Numbers and bytes out of files and devices.

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
