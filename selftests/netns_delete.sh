#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A network namespace that is deleted takes its node along, under load and with open
# files; the rest of the cluster does not suffer.

. "$(dirname "$0")/lib.sh"

gone()
{
	[ ! -e "$(device "$1")" ] && [ ! -d "/sys/class/raftval/raftval-n$1" ]
}

plan 9

make_cluster 5 --election 300
leader=$(leader 1 2 3 4 5)
follower=$(not_leader 1 2 3 4 5)
# shellcheck disable=SC2046
rest=$(without "$leader" $(without "$follower" 1 2 3 4 5))
other=${rest%%[!0-9]*}
for i in "$leader" "$follower" "$other"; do
	writer "$(device "$i")" "host $i, write" "$TMP/stop" >"$TMP/writer$i" 2>&1 &
	writers[i]=$!
done
mkfifo "$TMP/go"
devio "$(device "$follower")" read 100 wait read 100 poll 100 write x <"$TMP/go" >"$TMP/open" 2>&1 &
holder=$!
exec 3>"$TMP/go"
wait_for 10 grep -q wait "$TMP/open"

ip netns del "$NS-$follower"
check "a follower's device goes with its namespace" wait_for 20 gone "$follower"
check "its writer is told" wait_for 20 grep -q ESHUTDOWN "$TMP/writer$follower"
echo >&3
check "its open file can still be used" wait $holder
check "and says that the node is gone" grep -q 'write ESHUTDOWN' "$TMP/open"
ip netns del "$NS-$leader"
check "the leader's device goes with its namespace" wait_for 20 gone "$leader"
# shellcheck disable=SC2086
check "the others elect a leader" wait_for 20 leader $rest
touch "$TMP/stop"
check "a writer on another host has met no error" wait "${writers[other]}"
check "the others take writes" put "$other" after
# shellcheck disable=SC2086
check "that all of them read" holds after $rest
