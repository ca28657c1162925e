#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nodes are stopped in every way while programs read, write, poll, have a mapping and have
# io_uring's operations in flight: all of them are told at once, and nothing stays behind.

. "$(dirname "$0")/lib.sh"

# begin HOST: a program that uses its node in every way
begin()
{
	users "$(device "$1")" >"$TMP/users$1" 2>&1 &
	user[$1]=$!
	wait_for 20 grep -q ready "$TMP/users$1" || die "it does not begin: $(cat "$TMP/users$1")"
}

# told HOST: each kind of use has ended as it should
told()
{
	same "io_uring: ESHUTDOWN map: DOWN poll: POLLHUP read: ESHUTDOWN write: ESHUTDOWN " \
		"$(sort "$TMP/users$1" | grep : | tr '\n' ' ')"
}

# stopped TEXT HOST COMMAND...: what stops the node, and that is all known soon
stopped()
{
	local text=$1 host=$2 begin

	shift 2
	begin=$(now_ms)
	check "$text" "$@"
	check "$text: all is told" wait_for 20 told "$host"
	note "$(($(now_ms) - begin)) ms"
}

# finish_user HOST: it closes what it has open
finish_user()
{
	kill "${user[$1]}"
	wait "${user[$1]}"
}

alone()
{
	same "" "$(attr "$1" leader)"
}

declare -A user
plan 20

make_cluster 3 "${CALM[@]}"
make_hosts 2
check "host4 joins" join 4 1
check "host5 joins" join 5 1

begin 5
stopped "a node leaves" 5 ctl 5 leave
begin 4
stopped "a follower is stopped" 4 ctl 4 down
leader=$(leader 1 2 3)
begin "$leader"
stopped "the leader is stopped" "$leader" ctl "$leader" down

# What is left has no majority of four, so that everything waits.
read -r second third <<<"$(without "$leader" 1 2 3 | tr '\n' ' ')"
for i in $second $third; do
	echo 3600000 >"/sys/class/raftval/raftval-n$i/op_timeout_ms"
	check "host$i knows no leader" wait_for 20 alone "$i"
	begin "$i"
done
stopped "a node with everything waiting is stopped" "$second" ctl "$second" down
stopped "its network namespace ends" "$third" ip netns del "$NS-$third"

check "the module is in use" not rmmod raftval
for i in 1 2 3 4; do
	check "the files of host$i are closed" finish_user $i
done
kill -9 "${user[5]}"
wait "${user[5]}" 2>/dev/null
check "after the last, the module can be unloaded" wait_for 10 rmmod raftval
