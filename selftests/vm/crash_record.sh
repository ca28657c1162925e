#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside crash_images.sh's virtual machine: three durable members write, and
# dm-log-writes logs what their stores write.
#
# Usage: crash_record.sh SECONDS SEED
#
# The logs go to the first three disks. Writers on all three hosts write for that
# many seconds, while members are taken down and up again, cut off, and hand over;
# the seed says which and when.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

WRITE_SECONDS=${1-30}
SEED=${2-$RANDOM}
STORES=/dev/mapper/store	# of lib.sh
VALUE_MAX=16384		# of acks
MIB=1			# of a store: little more than it has to have, so that it is soon full
CONFIG=/sys/kernel/config
TROUBLES=0

# Nobody is there to make the device nodes.
export DM_DISABLE_UDEV=1

# make_disk N MS: in memory; it takes so long until a write is on it. Who believes that
# it is sooner is found out.
make_disk()
{
	local dir=$CONFIG/nullb/nullb$1

	mkdir "$dir" && echo 1 >"$dir/memory_backed" && echo $MIB >"$dir/size" &&
		echo 512 >"$dir/blocksize" && echo 2 >"$dir/irqmode" &&
		echo "${2}000000" >"$dir/completion_nsec" && echo 1 >"$dir/power"
}

# Each store has a log of its own: a flush of one is none of another. And each takes
# another time, so that not always the same is behind.
make_stores()
{
	local i

	modprobe null_blk nr_devices=0 && modprobe dm-log-writes || return
	[ -d $CONFIG/nullb ] || mount -t configfs config $CONFIG || return
	for i in 1 2 3; do
		make_disk $((i - 1)) $((3 * i - 2)) || return
		dmsetup create "store$i" --table \
			"0 $((MIB * 2048)) log-writes /dev/nullb$((i - 1)) /dev/vd$(cut -c "$i" <<<abc)" ||
			return
	done
}

# patience HOST: what a write waits for a majority, before its writer goes on
patience()
{
	echo 2000 >"/sys/class/raftval/raftval-n$1/op_timeout_ms"
}

# Who votes from now on has all that is acknowledged from now on.
make_members()
{
	local i

	make_cluster 3 --heartbeat 100 --election 500 --value-max $VALUE_MAX
	for i in 1 2 3; do
		patience $i || return
		dmsetup message "store$i" 0 mark members || return
	done
}

# One of them, or all, but never two at once: with two the others could not go on.
trouble()
{
	local host=$((RANDOM % 3 + 1))

	case $((RANDOM % 4)) in
	0)
		ctl "$host" transfer || :
		;;
	1)
		isolate "$host"
		sleep "1.$((RANDOM % 10))"
		heal
		;;
	*)
		down "$host" || return
		sleep "0.$((RANDOM % 10))"
		up "$host" || return
		patience "$host" || return
		;;
	esac
}

troubles()
{
	local end=$(($(now_ms) + WRITE_SECONDS * 1000))

	RANDOM=$SEED
	while [ "$(now_ms)" -lt $end ]; do
		sleep "0.$((RANDOM % 10))"
		trouble || return
		TROUBLES=$((TROUBLES + 1))
	done
}

writers_end()
{
	touch "$TMP/stop"
	wait "$1" || { cat "$TMP/error"; return 1; }
}

# The logs are closed; one that was full would have no end.
stop_all()
{
	local i

	for i in 1 2 3; do
		down $i || return
	done
	dmsetup status
	for i in 1 2 3; do
		wait_for 10 dmsetup remove "store$i" || return
	done
}

command -v dmsetup >/dev/null || skip "needs dmsetup"
plan 6

check "there are three stores" make_stores
check "three members keep all they promise on them" make_members
acks "$TMP/stop" store1,store2,store3 "$(device 1)" "$(device 2)" "$(device 3)" \
	>"$TMP/acknowledged" 2>"$TMP/error" &
writers=$!
check "hosts go down and up, are cut off and hand over" troubles
check "the writers met no other error than they may" writers_end $writers
note "$(cat "$TMP/acknowledged") writes were acknowledged, through $TROUBLES troubles"
check "all come to one index and term" wait_for 30 settled 1 2 3
check "all of them stop" stop_all
