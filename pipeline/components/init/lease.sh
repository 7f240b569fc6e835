#!/bin/busybox sh
# What udhcpc runs when it has a lease: the words of the lease go to a file, for network.sh. A server may send
# anything; nothing but addresses comes through.
case $1 in
bound | renew)
	# shellcheck disable=SC2154 # udhcpc sets them
	for word in "ip=$ip" "mask=$mask" "router=$router" "dns=$dns" "mtu=$mtu" "staticroutes=$staticroutes"; do
		echo "${word%%=*}='$(printf %s "${word#*=}" | tr -cd '0-9a-f.:/ ')'"
	done >/run/crashseal/lease.new
	mv /run/crashseal/lease.new /run/crashseal/lease
	;;
esac
