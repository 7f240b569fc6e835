# The network, for targets on other machines: one card, or several as a bond, perhaps in a VLAN, serves them all.
# What one attempt has set up serves the next one too.
# Settings (network_*) come from /etc/crashseal/network; the local overlay of a machine may bring that file.

ipv6=/proc/sys/net/ipv6/conf
etc=/etc
bond=bond0
# Seconds that a bond waits for members that have not appeared, once there is one.
member_patience=10
# Seconds between two questions for a lease.
lease_pause=3

# --- cards ---

# cards: every Ethernet card, one a line; what belongs to another interface is reached by that
cards() {
	for at in "$sys"/class/net/*; do
		[ "$(cat "$at/type" 2>/dev/null)" = 1 ] && [ -e "$at/device" ] && [ ! -e "$at/phy80211" ] &&
			[ ! -e "$at/master" ] && echo "${at##*/}"
	done
}

mac_of() { cat "$sys/class/net/$1/address" 2>/dev/null; }
driver_of() { basename "$(readlink -f "$sys/class/net/$1/device/driver")" | tr - _; }

# is_card NAME WANTED: is it the one that the profile means by mac=…, driver=… or name=…?
is_card() {
	case $2 in
	mac=*) [ "$(mac_of "$1")" = "${2#mac=}" ] ;;
	driver=*) [ "$(driver_of "$1")" = "${2#driver=}" ] ;;
	name=*) [ "$1" = "${2#name=}" ] ;;
	*) return 1 ;;
	esac
}

# wanted_cards: those that the profile means; all of them where it names none
wanted_cards() {
	cards | while read -r card; do
		[ -n "$network_interfaces" ] || echo "$card"
		for wanted in $network_interfaces; do
			is_card "$card" "$wanted" && echo "$card" && break
		done
	done
}

# present_cards: all of them, for a message
present_cards() {
	cards | while read -r card; do
		echo " $card ($(mac_of "$card"), $(driver_of "$card"))"
	done | tr '\n' ','
}

# The kernel tells of a link only where the interface is up.
has_link() { [ "$(cat "$sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]; }

# raise LINK: without a search for twins of its addresses, which takes seconds; and where IPv6 is static, without a
# second address that a router announces: a server may let in the one of the profile alone
raise() {
	[ ! -e "$ipv6/$1/accept_dad" ] || echo 0 >"$ipv6/$1/accept_dad"
	case $network_slaac:$network_addresses in
	no:*:*) [ ! -e "$ipv6/$1/accept_ra" ] || echo 0 >"$ipv6/$1/accept_ra" ;;
	esac
	ip link set "$1" up
}

seconds_left() { echo $((network_limit - $(uptime_seconds))); }

# wait_for_link LINK
wait_for_link() {
	until has_link "$1"; do
		[ "$(seconds_left)" -gt 0 ] || {
			why="$1 has no link within $network_wait s"
			return 1
		}
		sleep 0.2
	done
}

# --- addresses ---
# An attempt that was cut off may have left some of them: each is set as if it were new.

# add_route DESTINATION GATEWAY LINK
add_route() {
	case $2 in *:*) version=-6 ;; *) version=-4 ;; esac
	ip "$version" route replace "$1" via "$2" dev "$3" 2>/dev/null && return
	# The gateway is outside of the interface's own network.
	ip "$version" route replace "$2" dev "$3" 2>/dev/null
	ip "$version" route replace "$1" via "$2" dev "$3"
}

# set_addresses LINK: the static ones
set_addresses() {
	for address in $network_addresses; do
		said=$(ip addr replace "$address" dev "$1" 2>&1) || {
			why="$1 does not take the address $address: $said"
			return 1
		}
		network_address=${network_address:-${address%/*}}
	done
	for gateway in $network_gateways; do
		said=$(add_route default "$gateway" "$1" 2>&1) || {
			why="the gateway $gateway is not taken on $1: $said"
			return 1
		}
	done
}

# lease LINK SECONDS: from a DHCP server. The client stays, and renews it.
lease() {
	rm -f "$run/lease"
	udhcpc -n -i "$1" -s /etc/crashseal/udhcpc -p "$run/udhcpc.pid" -O staticroutes -O mtu \
		-t $(($2 / lease_pause + 1)) -T "$lease_pause" </dev/null >/dev/null 2>&1
	[ -s "$run/lease" ] || {
		why="$1 has a link, but no DHCP server answers within $2 s"
		return 1
	}
	. "$run/lease"
	# shellcheck disable=SC2154 # the lease has them
	[ -z "$mtu" ] || ip link set "$1" mtu "$mtu"
	# shellcheck disable=SC2154
	said=$(ip addr replace "$ip/${mask:-24}" dev "$1" 2>&1) || {
		why="$1 does not take the address $ip/$mask of the DHCP server: $said"
		return 1
	}
	network_address=${network_address:-$ip}
	# RFC 3442: where there are such routes, the gateway itself does not count.
	# shellcheck disable=SC2086,SC2154 # words without blanks
	set -- "$1" ${staticroutes:-${router:+0.0.0.0/0 ${router%% *}}}
	on=$1
	shift
	while [ $# -ge 2 ]; do
		case $2 in
		0.0.0.0) ip route replace "$1" dev "$on" ;;
		*) add_route "$1" "$2" "$on" ;;
		esac
		shift 2
	done 2>/dev/null
	name_servers=${name_servers:-$dns}
}

# announced LINK: an IPv6 address that follows from what a router announces
announced() {
	ip -6 addr show dev "$1" 2>/dev/null |
		awk '$1 == "inet6" && !/scope (link|host)/ && !/tentative/ { sub("/.*", "", $2); print $2; exit }'
}

wait_for_announced() {
	until found=$(announced "$1") && [ -n "$found" ]; do
		[ "$(seconds_left)" -gt 0 ] || {
			why="$1 has a link, but no router announces an IPv6 network within $network_wait s"
			return 1
		}
		sleep 0.2
	done
	network_address=${network_address:-$found}
}

# --- all of it ---

# settle_link CARD-OR-BOND SECONDS: VLAN and addresses; sets `network_link` and `network_address`, or `why`
settle_link() {
	network_link=$1 network_address='' name_servers=$network_dns
	if [ -n "$network_vlan" ]; then
		network_link=$1.$network_vlan
		modprobe -q 8021q
		[ -e "$sys/class/net/$network_link" ] || said=$(vconfig add "$1" "$network_vlan" 2>&1) || {
			why="$1 takes no VLAN $network_vlan: $said"
			return 1
		}
		raise "$network_link"
	fi
	wait_for_link "$network_link" && set_addresses "$network_link" || return
	[ "$network_dhcp" != yes ] || lease "$network_link" "$2" || return
	[ "$network_slaac" != yes ] || wait_for_announced "$network_link" || return
	for server in $name_servers; do
		echo "nameserver $server"
	done >"$etc/resolv.conf"
	# glibc's own default differs by its version.
	echo 'hosts: files dns' >"$etc/nsswitch.conf"
}

# unsettle_link LINK: so that it can be tried anew
unsettle_link() {
	if read -r client 2>/dev/null <"$run/udhcpc.pid"; then kill "$client" 2>/dev/null; fi
	rm -f "$run/udhcpc.pid" "$run/network"
	[ -z "$network_vlan" ] || [ ! -e "$sys/class/net/$1.$network_vlan" ] || vconfig rem "$1.$network_vlan" >/dev/null
	# Those of IPv6 stay: the kernel has made its own when the interface came up, and never does again.
	ip -4 addr flush dev "$1" 2>/dev/null
}

# make_bond CARD...: sets up `$bond`, or says `why`
make_bond() {
	modprobe -q bonding max_bonds=0
	[ -e "$sys/class/net/$bond" ] || echo "+$bond" 2>/dev/null >"$sys/class/net/bonding_masters"
	at=$sys/class/net/$bond/bonding
	echo "$network_bond" 2>/dev/null >"$at/mode" || {
		why="no bond of mode $network_bond can be made"
		return 1
	}
	# Milliseconds between two looks at the members' links.
	echo 100 >"$at/miimon"
	[ "$network_bond" != 802.3ad ] || echo fast >"$at/lacp_rate"
	for card; do
		ip link set "$card" down
		echo "+$card" 2>/dev/null >"$at/slaves" || say "$card does not join the bond"
	done
	raise "$bond"
}

unmake_bond() {
	[ ! -e "$sys/class/net/$bond" ] || echo "-$bond" 2>/dev/null >"$sys/class/net/bonding_masters"
}

count() { echo $#; }

# settle_bond: of all members that appear
settle_bond() {
	since=
	while :; do
		coldplug
		found=$(wanted_cards)
		# shellcheck disable=SC2086 # names without blanks
		[ "$(count $found)" -lt "$(count $network_interfaces)" ] || break
		[ -z "$found" ] || since=${since:-$(uptime_seconds)}
		[ -z "$since" ] || [ $(($(uptime_seconds) - since)) -lt "$member_patience" ] || break
		[ "$(seconds_left)" -gt 0 ] || {
			no_card
			return 1
		}
		sleep 0.2
	done
	# shellcheck disable=SC2086
	[ "$(count $found)" -eq "$(count $network_interfaces)" ] ||
		say "the bond has $(count $found) of its $(count $network_interfaces) members"
	# shellcheck disable=SC2086
	make_bond $found && settle_link "$bond" "$(seconds_left)" && return
	unsettle_link "$bond"
	unmake_bond
	return 1
}

no_card() {
	why="no network card${network_interfaces:+ with $network_interfaces} within $network_wait s; present:$(present_cards)"
	[ -n "$(cards)" ] || why="there is no network card within $network_wait s: is its driver in the initramfs?"
}

# settle_card: of the cards that answer, the first that gets its addresses
settle_card() {
	why='' tried=' '
	while :; do
		coldplug
		found=$(wanted_cards) untried=
		for card in $found; do
			case $tried in *" $card "*) continue ;; esac
			[ -e "$run/raised.$card" ] || raise "$card"
			: >"$run/raised.$card"
			has_link "$card" && untried="$untried $card"
		done
		for card in $untried; do
			# Others are to have their time too.
			# shellcheck disable=SC2086 # names without blanks
			settle_link "$card" $(($(seconds_left) / $(count $untried))) && return
			unsettle_link "$card"
			tried="$tried$card "
		done
		[ "$(seconds_left)" -gt 0 ] || break
		sleep 0.2
	done
	[ -n "$why" ] || [ -z "$found" ] || why="$(echo "$found" | tr '\n' ' ')has no link within $network_wait s"
	[ -n "$why" ] || no_card
	return 1
}

# network_up: sets `network_link` and `network_address`, or fails with the reason. A machine without a name goes by
# its address.
network_up() {
	bring_up
	[ "${host:-$no_address}" != "$no_address" ] || host=$network_address
}

bring_up() {
	mkdir -p "$run"
	if [ -e "$run/network" ]; then
		. "$run/network"
		has_link "$network_link" && return
		say "$network_link has lost its link"
	fi
	. "$settings/network"
	network_limit=$(($(uptime_seconds) + network_wait))
	ip link set lo up
	if [ -n "$network_bond" ]; then
		[ ! -e "$run/network" ] || unsettle_link "$bond"
		unmake_bond
		settle_bond || fail "no network: $why"
	else
		[ ! -e "$run/network" ] || unsettle_link "${network_link%.*}"
		settle_card || fail "no network: $why"
	fi
	printf 'network_link=%s network_address=%s\n' "$network_link" "$network_address" >"$run/network"
	say "network: $network_link has $network_address"
}

# --- servers ---

# resolve NAME: prints its address; status 1 and nothing for a name that nobody knows. Programs of the system find
# it by the same name then.
resolve() {
	case $1 in
	*:*) echo "$1" && return ;;
	*[!0-9.]*) ;;
	*) echo "$1" && return ;;
	esac
	known=$(awk -v name="$1" '$2 == name { print $1; exit }' "$etc/hosts" 2>/dev/null)
	for type in $(case $network_address in *:*) echo aaaa a ;; *) echo a aaaa ;; esac); do
		[ -z "$known" ] || break
		# The first address of the answer is that of the name server.
		known=$(nslookup "-type=$type" "$1" 2>/dev/null |
			awk '/^Name:/ { named = 1 } named && /^Address/ { print $2; exit }')
		[ -z "$known" ] || echo "$known $1" >>"$etc/hosts"
	done
	[ -n "$known" ] && echo "$known"
}

# address_of SERVER: sets `address`, or fails
address_of() {
	address=$(resolve "$1") || {
		[ -s "$etc/resolv.conf" ] || fail "the name $1 cannot be looked up: no name server is known"
		fail "no name server knows $1: asked $(sed -n 's/^nameserver //p' "$etc/resolv.conf" | tr '\n' ' ')"
	}
}

# own_address_to ADDRESS: by which this machine reaches it
own_address_to() { ip route get "$1" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p' | head -n 1; }

# reach ADDRESS PORT: fails with the reason when nobody takes a connection
reach() {
	[ -n "$(own_address_to "$1")" ] || fail "no route leads to $1"
	for try in 1 2 3; do
		said=$(nc -w 10 "$1" "$2" -e true 2>&1) && return
		case $said in *refused*) break ;; esac
		[ "$try" -eq 3 ] || sleep 1
	done
	fail "$1 takes no connection on port $2: $(echo "${said:-no answer}" | sed 's/.*: //')"
}
