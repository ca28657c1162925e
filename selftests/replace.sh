#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A host that was restarted joins as a new member and replaces its own dead predecessor,
# which had the same label, in one change. A live member is not replaced.

. "$(dirname "$0")/lib.sh"

member_id()
{
	attr "$1" id
}

# labels HOST: of all members as it knows them
labels()
{
	ctl "$1" peer list | grep -o 'host[0-9]*' | sort | tr '\n' ' '
}

plan 8

make_cluster 3 "${CALM[@]}"
put 1 kept
lost=$(not_leader 1 2 3)
rest=$(without "$lost" 1 2 3)
seed=${rest%%[!0-9]*}
id=$(member_id "$lost")
ctl "$lost" down >/dev/null || die "down"
check "the restarted host joins, under its label" wait_for 20 join "$lost" "$seed"
check "as another member" [ "$(member_id "$lost")" != "$id" ]
is "in the place of its predecessor" "host1 host2 host3 " "$(labels "$seed")"
is "with three members" 3 "$(attr "$seed" members | wc -l)"
check "all follow one leader" wait_for 10 settled 1 2 3
check "it holds the value" holds kept "$lost"
check "and writes" put "$lost" back
check "for all to read" holds back 1 2 3
