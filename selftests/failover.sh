#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# When the leader is gone, another takes over, and nothing that was written is lost.

. "$(dirname "$0")/lib.sh"

leads_without()
{
	# shellcheck disable=SC2046
	settled $(without "$1" 1 2 3)
}

plan 5

make_cluster 3
put 1 before
old=$(leader 1 2 3)
rest=$(without "$old" 1 2 3)
ip -n "$NS-$old" link set eth0 down
check "the others elect a new leader" wait_for 10 leads_without "$old"
# shellcheck disable=SC2086
check "the value is still there" holds before $rest
for i in $rest; do
	check "host $i writes" put "$i" "after, by host $i"
done
# shellcheck disable=SC2086
check "and both read it" holds "after, by host $i" $rest
