#!/bin/bash
# Prints size and budget of each shipped file, or of all files in a folder; fails if one is over its budget.
set -euo pipefail
over=0
declare -A seen=()
printf '%-36s %10s %10s %5s\n' file bytes budget used
while read -r files budget; do
	[[ -z $files || $files == \#* ]] && continue
	# A pattern stands for the file of each architecture.
	for file in $files; do
		# The first line that names a file counts.
		[[ -z ${seen[$file]:-} ]] || continue
		seen[$file]=1
		bytes=$(find "$file" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }')
		printf '%-36s %10d %10d %4d%%\n' "$file" "$bytes" "$budget" $((bytes * 100 / budget))
		[[ $bytes -le $budget ]] || over=1
	done
done <"$(dirname "${BASH_SOURCE[0]}")/size-budget.txt"
exit $over
