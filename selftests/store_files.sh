#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Stores that are files on ext4, each on a disk of its own: a minute in which the leader's
# disk hangs, and disks that fail below the file system, which then has to be mounted anew.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

STALL=60
HUNG=/proc/sys/kernel/hung_task_timeout_secs

failed_after_write()
{
	write_somewhere "$2" "to break a disk"
	attr_is "$1" state failed
}

# The others write all the time, and the node on the disk that hangs hears of it.
writes_for()
{
	local n=0 until=$(($(now_ms) + $2 * 1000))

	while [ "$(now_ms)" -lt $until ]; do
		n=$((n + 1))
		printf 'hanging %s' $n >"$(device "$1")" || return 1
		sleep 0.1
	done
	echo $n >"$TMP/written"
}

test_minute()
{
	local old one patience

	old=$(leader 1 2 3)
	one=$(others "$old")
	# That the file system hangs with its disk is what this is about.
	patience=$(cat "$HUNG") && echo 0 >"$HUNG"
	stop_disk "$old"
	write_somewhere "$old" "on a disk that hangs"
	check "a leader whose disk hangs resigns, and another leads" wait_for 20 leads_not "$old"
	check "the others write for a minute" writes_for "$one" $STALL
	is "the node did not fail" running "$(attr "$old" state)"
	cont_disk "$old"
	check "when the disk goes on it has all of it" \
		wait_for 20 holds "hanging $(cat "$TMP/written")" "$old"
	check "all three follow one leader" wait_for 20 settled 1 2 3
	echo "$patience" >"$HUNG"
}

# test_error HOST WHOSE
test_error()
{
	local host=$1 one mount=$TMP/ext4-$1

	one=$(others "$host")
	break_disk "$host"
	check "$2 disk fails below its file system: the node says so" \
		wait_for 30 failed_after_write "$host" "$one"
	check "the others write" put "$one" "without host$host"
	is "its programs can not" "write EIO" "$(timeout 10 devio "$(device "$host")" write x)"
	check "it goes down" down "$host"
	umount "$mount" || die "umount"
	mend_disk "$host"
	check "the file system is mounted anew" mount -t ext4 "$TMP/disk$host" "$mount"
	check "the member comes back" up "$host"
	check "with what it has missed" wait_for 20 holds "without host$host" "$host"
	check "all three follow one leader" wait_for 20 settled 1 2 3
}

need_disks
plan 21
for n in 1 2 3; do
	make_disk $n 64
	make_ext4 $n
	ln -s "$TMP/ext4-$n/store" "$TMP/file$n"
done
STORES=$TMP/file
make_hosts 3
for n in 1 2 3; do
	STORE_FILE=$TMP/ext4-$n/store
	if [ $n = 1 ]; then
		ctl 1 create --listen 192.0.2.1 --label host1 --store "$STORE_FILE" \
			--heartbeat 50 --election 500 >/dev/null || die "no cluster"
	else
		ctl $n join 192.0.2.1 --token "$(ctl 1 token)" --listen "192.0.2.$n" \
			--label "host$n" --store "$STORE_FILE" >/dev/null || die "host $n could not join"
	fi
done
wait_for 20 settled 1 2 3 || die "no leader"
test_minute
test_error "$(leader 1 2 3)" "a leader's"
test_error "$(not_leader 1 2 3)" "a follower's"
