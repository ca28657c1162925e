#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Scripts wait for a change of the value or the role, and are told what came of it.

. "$(dirname "$0")/lib.sh"

# begin_wait HOST ARGUMENT...: in the background, and it does wait: it has a socket for the news.
begin_wait()
{
	local host=$1

	shift
	ip netns exec "$NS-$host" raftctl -n "n$host" wait "$@" >"$TMP/waited" 2>&1 &
	waiter=$!
	wait_for 10 watches $waiter || die "nobody waits"
}

# It sleeps with both its sockets, and there is nothing left to take from them.
watches()
{
	grep -q '^State:.S' "/proc/$1/status" &&
		awk '$2 == 16 && $3 != 0 && $5 == 0 { n++ } END { exit n != 2 }' "/proc/$1/net/netlink"
}

# ends STATUS PATTERN: the one in the background
ends()
{
	local status=0

	wait_for 10 not kill -0 $waiter || return
	wait $waiter || status=$?
	cat "$TMP/waited"
	same "$1" $status && grep -qE -- "$2" "$TMP/waited"
}

plan 13

make_cluster 3 "${CALM[@]}"
check "host1 leads" ctl 1 wait --role leader --timeout 20
is "and is told the term" "$(attr 1 term)" "$(ctl 1 wait --role leader)"
refuses "host2 does not, in time" 'not happen in time' ctl 2 wait --role leader --timeout 0.2

begin_wait 2 --value
check "a write is made" put 1 first
check "who waited on another host has its revision" ends 0 '^1$'
is "who knows an older revision need not wait" 1 "$(ctl 2 wait --revision 0 --timeout 10)"
begin_wait 3 --revision 1
check "another write is made" put 2 second
check "who knew the one before is told" ends 0 '^2$'
is "the same for programs" 2 "$(ctl 3 -j wait --revision 1 | sed 's/.*"revision":\([0-9]*\).*/\1/')"

begin_wait 2 --role leader
check "leadership is handed over" ctl 1 transfer host2
check "who waited for it is told" ends 0 '^[0-9]+$'

begin_wait 3 --value
check "a node is stopped" down 3
check "who waited there is told so" ends 1 'no node'
