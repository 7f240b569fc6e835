#!/bin/sh
# Writes the sum that the first stage of entry.S expects into an image: of the words after it, with the carry
# added at the other end, as CKSM adds. Usage: sum.sh IMAGE
set -eu
sum_at=$((0x1058))
sum=$(od -An -v -tu4 --endian=big -w4 -j $((sum_at + 4)) "$1" |
	awk '{ s += $1; if (s >= 4294967296) s -= 4294967295 } END { printf "%.0f", s }')
# Octal, which every printf(1) knows.
octal() { printf '\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)); }
printf "$(octal "$sum")" | dd of="$1" bs=1 seek=$sum_at conv=notrunc status=none
