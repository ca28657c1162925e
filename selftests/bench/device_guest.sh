#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What device.sh runs in the virtual machine: what speed says, in each round.
#
# Usage: device_guest.sh ROUNDS

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

plan 0
make_cluster 3 "${CALM[@]}"
wait_for 20 attr_is 1 role leader || die "host1 does not lead"
on 1 speed echo 192.0.2.1 9 &
put 1 first >/dev/null
attrs=/sys/class/raftval/raftval-n2
for ((n = 1; n <= $1; n++)); do
	speed map "$(device 2)" 20
	speed attr $attrs/value $attrs/role 20
	on 2 speed udp 192.0.2.1 9 500
	speed read "$(device 2)" 500
	echo "one $(speed writes "$(device 1)" 1 3)"
	echo "many $(speed writes "$(device 1)" 64 3)"
done
