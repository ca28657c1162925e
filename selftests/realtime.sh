#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real-time programs that leave nothing to the node's thread do not stop a node: what
# softirqs began and passed on to it they take back.

. "$(dirname "$0")/lib.sh"

WRITES=100

hogs()
{
	local n

	for ((n = 0; n < $(nproc); n++)); do
		chrt -f 50 sh -c 'while :; do :; done' &
	done
}

# written: how many of its writes a real-time program that comes before the others had acknowledged
written()
{
	local n

	# shellcheck disable=SC2046 # each is a word
	timeout 60 chrt -f 60 devio "$(device 1)" $(for ((n = 0; n < WRITES; n++)); do
		echo write "$n"
	done) | grep -c '^write [1-9]'
}

plan 4

make_cluster 3
before=$(leaders 1 2 3)
# Who ends the hogs must come to it himself.
chrt -f -p 70 $$ >/dev/null
hogs
is "all that a real-time program writes is acknowledged" $WRITES "$(written)"
# shellcheck disable=SC2046 # each is a word
{ kill -9 $(jobs -p); wait; } 2>/dev/null
check "all follow a leader" wait_for 20 settled 1 2 3
is "who led them before" "$before" "$(leaders 1 2 3)"
check "and have the last value" holds $((WRITES - 1)) 1 2 3
