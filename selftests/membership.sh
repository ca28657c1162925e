#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Members join, as voters and as learners, are removed and leave, while the value stays
# and writes go on.

. "$(dirname "$0")/lib.sh"

# members N HOST...: each of them knows of N members
members()
{
	local n=$1 i

	shift
	for i; do
		same "$n" "$(attr "$i" members | wc -l)" || return 1
	done
}

gone()
{
	[ ! -e "$(device "$1")" ]
}

# A learner that is down is refused a vote, in a sentence that says why.
silent()
{
	! ctl 1 peer add host7 >"$TMP/silent" 2>&1 && grep -q 'does not answer' "$TMP/silent"
}

plan 25

make_cluster 3 "${CALM[@]}"
make_hosts 4
put 1 kept
check "a fourth joins" join 4 1
check "a fifth joins, asking another member" join 5 3
check "all know of five" wait_for 10 members 5 1 2 3 4 5
check "the new ones hold the value" holds kept 4 5
check "and write" put 5 five
check "for all to read" holds five 1 2 3 4 5

check "a sixth joins as a learner" join 6 1 --learner
check "it reads" holds five 6
check "it writes" put 6 six
check "it is given a vote" ctl 1 peer add host6

check "a seventh joins as a learner" join 7 1 --learner
check "it is removed, and is up" ctl 1 peer remove host7
is "its reader is told, though nothing is sent to it any more" "read ESHUTDOWN" \
	"$(devio "$(device 7)" read 9)"
check "it joins again" eval 'ctl 7 leave && join 7 1 --learner && ctl 7 down'
check "now that it is down it gets no vote" silent
check "and goes" ctl 1 peer remove host7

check "a member is removed by another" ctl 1 peer remove host5
is "a reader on it is told" "read ESHUTDOWN" "$(devio "$(device 5)" read 9)"
is "a writer, too" "write ESHUTDOWN" "$(devio "$(device 5)" write lost)"
check "five are left" wait_for 10 members 5 1 2 3 4 6
check "a member leaves" ctl 4 leave
check "its device is gone" wait_for 10 gone 4

leader=$(leader 1 2 3 6)
rest=$(without "$leader" 1 2 3 6)
check "the leader leaves" ctl "$leader" leave
# shellcheck disable=SC2086
check "the others elect another" wait_for 20 settled $rest
# shellcheck disable=SC2086
check "and hold the value" holds six $rest
