#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A node keeps the ways to the others while they are good, and no longer; nor does it keep
# the device, which goes when it is told to.

. "$(dirname "$0")/lib.sh"

# join_at HOST ADDRESS SEED
join_at()
{
	ctl "$1" join "$3" --volatile --token "$(ctl 1 token)" --listen "$2" --label "host$1"
}

more_errors_than()
{
	[ "$(attr "$2" stats/send_errors)" -gt "$1" ]
}

# ways PREFIX: of members whose addresses are that and their numbers
ways()
{
	local prefix=$1 leader follower third errors host

	check "$prefix: a cluster" ctl 1 create --volatile --listen "${prefix}1" --label host1
	check "$prefix: a second member" join_at 2 "${prefix}2" "${prefix}1"
	check "$prefix: and a third" join_at 3 "${prefix}3" "${prefix}1"
	check "$prefix: follow one leader" wait_for 20 settled 1 2 3
	leader=$(leader 1 2 3)
	follower=$(not_leader 1 2 3)
	# shellcheck disable=SC2046 # a word is a host
	third=$(without "$leader" $(without "$follower" 1 2 3))

	errors=$(attr "$leader" stats/send_errors)
	on "$leader" ip route add unreachable "$prefix$follower"
	check "$prefix: when there is no way nothing is sent" \
		wait_for 10 more_errors_than "$errors" "$leader"
	check "$prefix: the others go on" put "$third" without
	on "$leader" ip route del unreachable "$prefix$follower"
	check "$prefix: when there is one again all follow" wait_for 20 settled 1 2 3
	check "$prefix: and have the value" holds without 1 2 3

	check "$prefix: a host's device goes" ip -n "$NS-switch" link del "port$follower"
	check "$prefix: the others go on without it" wait_for 20 put "$third" unplugged
	plug_in "$follower"
	check "$prefix: when it has another all follow" wait_for 20 settled 1 2 3
	check "$prefix: and have the new value" holds unplugged 1 2 3
	for host in 1 2 3; do
		down $host >/dev/null
	done
}

plan 24

make_hosts 3
ways 192.0.2.
ways fd00::
