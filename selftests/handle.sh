#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Another kernel module uses a node: it reads, writes and is told, and pins it.

. "$(dirname "$0")/lib.sh"

SAMPLE=$SELFTESTS/raftval_sample.ko
[ -e "$SAMPLE" ] || SAMPLE=$SELFTESTS/module/raftval_sample.ko
PARAMETERS=/sys/module/raftval_sample/parameters

parameter()
{
	cat "$PARAMETERS/$1"
}

# sets PARAMETER TEXT
sets()
{
	printf %s "$2" >"$PARAMETERS/$1"
}

parameter_is()
{
	same "$2" "$(parameter "$1")"
}

more_than()
{
	[ "$(parameter "$1")" -gt "$2" ]
}

# fails PATTERN COMMAND...: whatever its status, it says why
fails()
{
	local pattern=$1

	shift
	if "$@" >"$TMP/said" 2>&1; then
		echo "it did not fail"
		return 1
	fi
	cat "$TMP/said"
	grep -q "$pattern" "$TMP/said"
}

[ -e "$SAMPLE" ] || skip "the sample module is not built (scripts/vm/build)"
plan 26

make_cluster 3 "${CALM[@]}"
check "host1 leads" ctl 1 wait --role leader --timeout 20
check "there is no such node" fails 'No such device' on 1 insmod "$SAMPLE" node=nothing
check "it is of another network namespace" fails 'No such device' on 2 insmod "$SAMPLE" node=n1
check "a module takes the node" on 1 insmod "$SAMPLE" node=n1
is "it was the first to write" "the sample was first" "$(get 2)"
check "it writes" sets value "from the kernel"
is "what others read" "from the kernel" "$(get 3)"
check "it is told of writes" wait_for 10 parameter_is revision 2
check "others write" put 2 "from a program"
is "what it reads" "from a program" "$(parameter value)"
check "it is told of those, too" wait_for 10 parameter_is revision 3
is "and has it at hand" "from a program" "$(parameter local)"
check "it compares and sets" sets cas "3 fourth"
check "but not with an old revision" fails 'Stale' sets cas "3 fifth"
is "so the value is what it was" fourth "$(get 3)"
is "it knows its state, role and term" "0 3 $(attr 1 term)" "$(parameter status)"

roles=$(parameter roles)
check "leadership is handed over" ctl 1 transfer host2
check "it is told so" wait_for 10 more_than roles "$roles"
check "it writes on a follower" sets value "from a follower"

refuses "its node is not taken down" 'a kernel module uses' ctl 1 down
refuses "nor leaves" 'a kernel module uses' ctl 1 leave
is "and is a member as it was" running "$(attr 1 state)"
check "raftval can not be unloaded" not rmmod raftval
ip netns del "$NS-1"
check "the end of its network namespace takes the node" wait_for 20 parameter_is downs 1
check "what is asked of it then fails" fails 'shutdown' cat "$PARAMETERS/value"
check "the module can be unloaded" rmmod raftval_sample
