#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Disks that hang, and disks that fail, under a leader and under a follower. A leader whose
# disk makes no progress resigns; a node whose disk failed promises nothing any more,
# says so everywhere, and comes back when it is started from a disk that works.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

failed()
{
	attr_is "$1" state failed
}

# gave_reason HOST TEXT: for one of its last changes
gave_reason()
{
	ctl "$1" status | tee "$TMP/status" | grep -q "$2" || { cat "$TMP/status"; return 1; }
}

test_stalled_leader()
{
	local old

	old=$(leader 1 2 3)
	stop_disk "$old"
	write_somewhere "$old" "on a disk that hangs"
	check "a leader whose disk hangs resigns, and another leads" wait_for 20 leads_not "$old"
	check "it says why" gave_reason "$old" "the store made no progress"
	check "the others write" put "$(others "$old")" "while it hung"
	check "and read" holds "while it hung" "$(others "$old")"
	cont_disk "$old"
	check "when the disk goes on so does the node" wait_for 20 holds "while it hung" "$old"
	check "all three follow one leader" wait_for 20 settled 1 2 3
	check "and nothing had failed" attr_is "$old" state running
}

# test_failed HOST WHOSE-DISK
test_failed()
{
	local host=$1 one before said

	one=$(others "$host")
	before=$(attr "$one" revision)
	break_disk "$host"
	check "$2 fails: the node says so" wait_for 20 failed_after_write "$host" "$one"
	check "$2 fails: the others go on" wait_for 20 leads_not "$host"
	check "$2 fails: they write" put "$one" "without host$host"
	is "$2 fails: its programs can not write" "write EIO" \
		"$(timeout 10 devio "$(device "$host")" write x)"
	is "$2 fails: nor read" "read EIO" "$(timeout 10 devio "$(device "$host")" read 100)"
	refuses "$2 fails: nor change the cluster" 'store failed' ctl "$host" transfer
	said=$(ctl "$host" status)
	check "$2 fails: status says so" grep -q "failed" <<<"$said"
	check "$2 fails: the log says so" \
		sh -c "dmesg | grep -q 'raftval: n$host: the node.s store failed'"
	check "$2 fails: udev is told" \
		wait_for 5 grep -q "change@.*raftval-n$host .*STATE=failed" "$TMP/uevents"
	mend_disk "$host"
	check "$2 fails: a disk that works again changes nothing" failed "$host"
	check "$2 fails: it goes down" down "$host"
	check "$2 fails: and comes back" up "$host"
	check "$2 fails: with what it has missed" wait_for 20 holds "without host$host" "$host"
	check "$2 fails: all are running" attr_is "$host" state running
	check "$2 fails: and no revision was lost" [ "$(attr "$host" revision)" -gt "$before" ]
}

# The disk is used only if something is written.
failed_after_write()
{
	write_somewhere "$2" "to break a disk"
	failed "$1"
}

# newest_is HOST WHAT: what was written last on its store
newest_is()
{
	raftctl store info --records "$TMP/image$1" | grep intact | sort -n -k 3 | tail -n 1 |
		grep -E "$2"
}

# What is marked is that nothing is under way, soon after the last write. The disk is broken
# when that has landed; it is slow, so that the marker is still on its way then.
test_failed_marker()
{
	local host

	host=$(not_leader 1 2 3)
	check "who has nothing to write marks that" wait_for 10 newest_is "$host" marker
	slow_disk "$host" 5000 || die "no dm-delay"
	put "$(others "$host")" "to be marked" >/dev/null
	check "on a disk that is slow a write lands late" wait_for 30 newest_is "$host" "entr|checkpoint"
	break_disk "$host-below"
	check "it fails, and nothing is written: the node says so" wait_for 20 failed "$host"
	mend_disk "$host"
	check "it goes down" down "$host"
	check "it comes back" up "$host"
	check "and is as it was" wait_for 20 holds "to be marked" "$host"
}

# Errors at times only: dm-flakey is up for a second and fails for one.
test_flakey()
{
	local host acknowledged=0 n lower

	host=$(not_leader 1 2 3)
	lower=$(readlink "$TMP/loop$host")
	table "$host" flakey "$lower" 0 1 1 1 error_writes || die "no dm-flakey"
	for ((n = 1; n <= 50; n++)); do
		timeout 10 devio "$(device "$(others "$host")")" write "flakey $n" >"$TMP/said"
		grep -q '^write [0-9]' "$TMP/said" && acknowledged=$n
	done
	check "one flakey disk stops nobody" [ $acknowledged -eq 50 ]
	wait_for 20 failed_after_write "$host" "$(others "$host")"
	mend_disk "$host"
	check "its node goes down" down "$host"
	check "and up" up "$host"
	check "and is whole" wait_for 20 attr_is "$host" state running
	check "with the newest" wait_for 20 equal 1 2 3
}

# A node on a disk that never answers can be taken down, its store is let go later.
test_dead_disk()
{
	local host

	host=$(not_leader 1 2 3)
	stop_disk "$host"
	put "$(others "$host")" "for a dead disk" >/dev/null
	check "a node whose disk hangs is taken down" down "$host"
	refuses "its store is in use until then" 'in use' up "$host"
	cont_disk "$host"
	check "when the disk answers it is free" wait_for 20 up "$host"
	check "and its member as it was" wait_for 20 holds "for a dead disk" "$host"
}

need_disks
plan 52
for n in 1 2 3; do
	make_disk $n 4
done
STORES=$TMP/disk
uevents raftval >"$TMP/uevents" &
wait_for 10 grep -q listening "$TMP/uevents"
make_cluster 3 --heartbeat 50 --election 500
test_stalled_leader
test_failed "$(leader 1 2 3)" "the leader's disk"
test_failed "$(not_leader 1 2 3)" "a follower's disk"
test_failed_marker
test_flakey
test_dead_disk
