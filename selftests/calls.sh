#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random calls, with and without privileges, leave the kernel well and a node as it was.
#
# CALLS says how many root makes; a third as many are those of users. SEED repeats a run.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

CALLS=${CALLS:-60000}
SEED=${SEED:-$RANDOM}
ROUND=30000
NOBODY=65534

# well: the kernel did not complain, of which the log, which is short, is asked in time
well()
{
	not complaints || return
	mark_log
}

# rounds N [OPTION...]: of so many calls together
rounds()
{
	local left=$1 seed=$SEED n status

	shift
	while [ "$left" -gt 0 ]; do
		n=$((left < ROUND ? left : ROUND))
		status=0
		on 1 calls --seed "$seed" --calls $n --node n1 --device "$(device 1)" \
			--sysfs /sys/class/raftval/raftval-n1 "$@" || status=$?
		[ $status -eq 0 ] && well || return $((status ? status : 1))
		left=$((left - n))
		seed=$((seed + 1))
	done
}

# make_calls TEXT N [OPTION...]: a check; how the calls ended is remarked
make_calls()
{
	local text=$1 status=0

	shift
	rounds "$@" >"$TMP/calls" 2>&1 || status=$?
	grep '^#' "$TMP/calls"
	if [ $status -eq 4 ]; then
		pass_over "$text" "there are no user namespaces"
		return
	fi
	check "$text" ended_well $status
}

ended_well()
{
	grep -v '^#' "$TMP/calls"
	same 0 "$1"
}

# answers TEXT: it is written and read
answers()
{
	put 1 "$1" && holds "$1" 1
}

need_disks
plan 9

make_disk 1 32
make_ext4 1
store=$TMP/ext4-1/store
truncate -s 16M "$store"
make_hosts 1
create 1 >/dev/null || die "no cluster"
id=$(attr 1 id)
check "the node answers" answers before
make_calls "what root calls ends in an error or well" "$CALLS" --store "$store"
check "the node answers after it" wait_for 20 answers "after root"
check "and is as it was" attr_is 1 state running
make_calls "what a user calls is refused" $((CALLS / 3)) --user $NOBODY
make_calls "and what one who is root in a user namespace calls" $((CALLS / 6)) \
	--user $NOBODY --userns
check "the node answers after them" answers "after users"
check "and is as it was" attr_is 1 state running
is "it is the same" "$id" "$(attr 1 id)"
