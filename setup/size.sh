#!/bin/bash
# Prints size and budget of each shipped file; fails if a file is over its budget.
set -euo pipefail
over=0
printf '%-36s %10s %10s %5s\n' file bytes budget used
while read -r file budget; do
	[[ -z $file || $file == \#* ]] && continue
	bytes=$(stat -c %s "$file")
	printf '%-36s %10d %10d %4d%%\n' "$file" "$bytes" "$budget" $((bytes * 100 / budget))
	[[ $bytes -le $budget ]] || over=1
done <"$(dirname "${BASH_SOURCE[0]}")/size-budget.txt"
exit $over
