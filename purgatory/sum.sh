#!/bin/sh
# Writes the word into an image that makes the sum of the first stage of entry.S right: of all words from
# .Lsummed on and as many bytes after it as that says, with the carry added at the other end. Little-endian.
# Usage: sum.sh IMAGE PLACE, where PLACE is that of .Lsummed in the code, which begins with the second page (purgatory.ld)
set -eu
summed_at=$((0x1000 + $2))
word_at() { od -An -v -tu4 --endian=little -N 4 -j "$1" "$2" | tr -d ' '; }
size=$(($(word_at $summed_at "$1") + 4))
if [ $((size % 4)) != 0 ] || [ $size -gt 65536 ] || [ "$(word_at $((summed_at + 4)) "$1")" != 0 ]; then
	echo "sum.sh: $1 has no room for the sum at $summed_at" >&2
	exit 1
fi
rest=$(od -An -v -tu4 --endian=little -w4 -j $summed_at -N "$size" "$1" |
	awk '{ s += $1; if (s >= 4294967296) s -= 4294967295 } END { printf "%.0f", 4294967295 - s }')
# Octal, which every printf(1) knows.
octal() { printf '\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
printf "$(octal "$rest")" | dd of="$1" bs=1 seek=$((summed_at + 4)) conv=notrunc status=none
