#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A host that slept uses no session from before: it may be a copy of one that goes on.
#
# Virtual machines do not all wake again, so this one begins to sleep and is kept from it,
# by a program that waits for a disk that does not answer. What is told when it wakes is
# told then, too.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

# The kernel shows who kept it from sleeping, and where he was called: in its log only.
COMPLAINTS=${COMPLAINTS/|Call Trace/}
POWER=/sys/power
PRINTK=/proc/sys/kernel/printk

# sessions: that began, of all nodes
sessions()
{
	cat /sys/class/raftval/raftval-n?/stats/wall_sessions | awk '{ n += $1 } END { print n }'
}

more_sessions()
{
	local now

	now=$(sessions)
	echo "$now sessions"
	[ "$now" -ge "$1" ]
}

waits_for_disk()
{
	grep -q '^State:.*D' "/proc/$1/status"
}

# Others wait for their disks for as long as that takes; this one is not to.
begin_sleep()
{
	local patience level

	read -r patience <$POWER/pm_freeze_timeout
	read -r level _ <$PRINTK
	echo 1 >$PRINTK
	echo 200 >$POWER/pm_freeze_timeout
	{ echo freeze >$POWER/state; } 2>"$TMP/sleep" || :
	echo "$patience" >$POWER/pm_freeze_timeout
	echo "$level" >$PRINTK
	cat "$TMP/sleep"
	grep -q busy "$TMP/sleep"
}

need_disks
{ grep -qs freeze $POWER/state && [ -w $POWER/pm_freeze_timeout ]; } ||
	skip "this kernel does not sleep"
plan 6

make_disk 1 8
make_cluster 3 "${CALM[@]}"
check "a write" put 1 before
check "is held by all" wait_for 10 holds before 1 2 3
dmsetup suspend --nolockfs "$NS-disk1"
dd if="$TMP/disk1" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
wait_for 10 waits_for_disk $! || die "nobody waits for the disk"
before=$(sessions)
check "the host begins to sleep, and wakes" begin_sleep
dmsetup resume "$NS-disk1"
# Of the leader with two others; these need none with each other.
check "sessions begin anew" wait_for 20 more_sessions $((before + 4))
check "the value is as it was" wait_for 20 holds before 1 2 3
check "a write" put 2 after
