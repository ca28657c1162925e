#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Commands that can not be done: one sentence that says why, status 1 (2 for wrong usage),
# and nothing is left half made.

. "$(dirname "$0")/lib.sh"

# Nothing of node nN of the host is there.
nothing()
{
	[ ! -e "$(device "$1")" ] && [ ! -d "/sys/class/raftval/raftval-n$1" ] &&
		! ctl "$1" status
}

usage()
{
	local status=0

	timeout 30 "$@" >"$TMP/said" 2>&1 </dev/null || status=$?
	cat "$TMP/said"
	same 2 $status && [ -s "$TMP/said" ]
}

plan 24

make_cluster 2 "${CALM[@]}"
make_hosts 1
token=$(ctl 1 token)

refuses "create: an address that is not of this host" 'address' \
	ctl 3 create --volatile --listen 203.0.113.9 --label x
check "nothing is there" nothing 3
refuses "create: what is no address" '[Aa]ddress' ctl 3 create --volatile --listen nonsense
check "nothing is there" nothing 3
refuses "create: a port in use" 'use' \
	on 1 raftctl -n n3 create --volatile --listen 192.0.2.1 --label x
check "nothing is there" nothing 3
refuses "create: a name in use" 'n1' ctl 1 create --volatile --listen 192.0.2.1:7500
refuses "create: a heartbeat longer than the election timeout" 'election' \
	ctl 3 create --volatile --listen 192.0.2.3 --heartbeat 500 --election 200
refuses "create: a value_max of more than 64 KiB" '65536' \
	ctl 3 create --volatile --listen 192.0.2.3 --value-max 65537
check "nothing is there" nothing 3
refuses "status: a node that is not there" 'n9' on 1 raftctl -n n9 status
refuses "leave: a node that is not there" 'n9' on 1 raftctl -n n9 leave
refuses "get: a node that is not there" 'n9' on 1 raftctl -n n9 get

refuses "join: nobody there" '192.0.2.7' \
	ctl 3 join 192.0.2.7 --volatile --token "$token" --listen 192.0.2.3 --label host3 --timeout 2
check "nothing is there" nothing 3
refuses "join: a label that a live member has" 'host2' \
	ctl 3 join 192.0.2.1 --volatile --token "$token" --listen 192.0.2.3 --label host2
check "nothing is there" nothing 3
refuses "join: what is no token" '[Tt]oken' \
	ctl 3 join 192.0.2.1 --volatile --token nonsense --listen 192.0.2.3
check "nothing is there" nothing 3
refuses "peer remove: a member that is not there" 'nobody' ctl 1 peer remove nobody
refuses "transfer: a member that is not there" 'nobody' ctl 1 transfer nobody

check "no command" usage raftctl
check "an unknown command" usage raftctl frobnicate
check "the cluster is as it was" settled 1 2
