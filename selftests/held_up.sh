#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A host that does nothing for one election timeout or two finds its members' timers due
# when it goes on, and no member takes its leader for dead: that was held up like the rest.

. "$(dirname "$0")/lib.sh"

ELECTION=300
HOLD=$SELFTESTS/raftval_hold.ko
[ -e "$HOLD" ] || HOLD=$SELFTESTS/module/raftval_hold.ko

# hold_up MS, and see that all goes on
hold_up()
{
	insmod "$HOLD" "ms=$1" && rmmod raftval_hold && put 1 "$1" && holds "$1" 1 2 3
}

held_up()
{
	local ms

	for ((ms = ELECTION; ms < 2 * ELECTION; ms += ELECTION / 20)); do
		hold_up $ms || return
	done
}

plan 2

make_cluster 3 --heartbeat 50 --election $ELECTION
before=$(leaders 1 2 3)
check "each time the cluster goes on" held_up
is "with the leader that it had" "$before" "$(leaders 1 2 3)"
