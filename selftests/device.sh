#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What raftval(4) says of the device, on a leader, a follower and a learner, and on a
# node without a majority.

. "$(dirname "$0")/lib.sh"

# tests PROGRAM HOST ROLE: those of a program on a host's device
tests()
{
	RAFTVAL_DEVICE=$(device "$2") RAFTVAL_ROLE=$3 timeout 120 "$1" >"$TMP/tests" 2>&1 && return
	grep -v '^ok\|^#  *OK\|^#  *RUN' "$TMP/tests"
	return 1
}

# runs PROGRAM: this kernel can do that; what is no program for it the shell can not execute
runs()
{
	local status=0

	"$1" -l >/dev/null 2>&1 || status=$?
	[ $status -ne 126 ]
}

# in_minority HOST: it is alone and knows it
in_minority()
{
	same "" "$(attr "$1" leader)"
}

plan 12

make_cluster 3 "${CALM[@]}"
make_hosts 1
check "host4 joins as a learner" join 4 1 --learner
check "host1 leads" ctl 1 wait --role leader --timeout 20
for program in device async; do
	check "$program on the leader" tests $program 1 leader
	check "$program on a follower" tests $program 2 follower
	check "$program on a learner" tests $program 4 learner
done
if runs device32; then
	check "a 32-bit program" tests device32 2 follower
else
	pass_over "a 32-bit program" "this kernel runs none"
fi

put 1 before >/dev/null
check "host2 has the value" wait_for 10 attr_is 2 value before
isolate 2
check "host2 is cut off" wait_for 20 in_minority 2
echo 1000 >"/sys/class/raftval/raftval-n2/op_timeout_ms"
check "a node without a majority" tests minority 2 none
