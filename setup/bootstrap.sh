# Sourced: Debian roots from the archive that this machine's own sources name, or the file `sources`, reached as this
# machine reaches it.
# shellcheck shell=bash

# bootstrap WORK RELEASE ROOT OPTION...: essential packages and what mmdebstrap's options ask for; no documentation.
# WORK keeps what is written for apt. ROOT is a folder or an archive, as the options say.
bootstrap() {
	local work=$1 release=$2 root=$3 try
	local key=/usr/share/keyrings/debian-archive-keyring.gpg
	shift 3
	if [[ -n ${sources:-} ]]; then
		cp "$sources" "$work/sources.list"
	else
		# apt expands what is in single quotes.
		# shellcheck disable=SC2016
		apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
			awk -v release="$release" -v key="$key" \
				'$1 == release && $2 == "main" { print "deb [signed-by=" key "] " $3 " " $1 " " $2 }' |
			sort -u | head -n 1 >"$work/sources.list"
	fi
	if [[ ! -s $work/sources.list ]]; then
		echo "$(basename "$0" .sh): no apt source for $release found" >&2
		return 1
	fi
	apt-config dump | grep -E '^Acquire::(Check-|https?::|ForceIPv)' >"$work/apt.conf" || true
	for try in 1 2 3; do
		mmdebstrap --quiet --variant=essential \
			--aptopt="$work/apt.conf" --aptopt='APT::Install-Recommends "false"' \
			--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
			"$@" "$release" "$root" "$work/sources.list" >&2 && return 0
		rm -rf "$root"
		[[ $try -eq 3 ]] || sleep 5
	done
	return 1
}
