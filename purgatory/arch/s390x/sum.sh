#!/bin/sh
# Writes the sum that the first stage of entry.S expects into an image: of the words after it, with the carry
# added at the other end, as CKSM adds. Usage: sum.sh IMAGE
set -eu
# .Lcode_sum of entry.S: the code begins with the second page (purgatory.ld), and the sum is 0x58 bytes after that.
sum_at=$((0x1000 + 0x58))
if [ "$(od -An -v -tx4 -w4 -N 4 -j $sum_at "$1" | tr -d ' ')" != 00000000 ]; then
	echo "sum.sh: $1 has no room for the sum at $sum_at" >&2
	exit 1
fi
sum=$(od -An -v -tu4 --endian=big -w4 -j $((sum_at + 4)) "$1" |
	awk '{ s += $1; if (s >= 4294967296) s -= 4294967295 } END { printf "%.0f", s }')
# Octal, which every printf(1) knows.
octal() { printf '\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)); }
printf "$(octal "$sum")" | dd of="$1" bs=1 seek=$sum_at conv=notrunc status=none
