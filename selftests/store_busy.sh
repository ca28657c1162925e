#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A store on a block device whose driver never sleeps: the node's thread begins its writes
# itself, and leaves them to the store's thread while the disk, which takes one command at
# a time, is busy with what others read. Nothing is lost either way.

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing
WRITES=100

# shellcheck disable=SC2317 # called by lib.sh
release_disks()
{
	wait_for 10 rmmod scsi_debug || cat "$TMP/wait"
}

# The only SCSI disk that scsi_debug has made.
scsi_disk()
{
	local path

	for path in /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*; do
		[ -b "/dev/${path##*/}" ] && echo "/dev/${path##*/}" && return
	done
	return 1
}

# began BY: a thread of that name has begun a write since the trace was emptied
began()
{
	grep -q "^ *$1-.*block_bio_queue: [0-9,]* [A-Z]*W" $TRACE/trace
}

# traced COMMAND...: run it with an empty trace of what the disk is asked for
traced()
{
	: >$TRACE/trace
	echo 1 >$TRACE/events/block/block_bio_queue/enable
	"$@"
	echo 0 >$TRACE/events/block/block_bio_queue/enable
}

write_many()
{
	local n

	for ((n = 1; n <= WRITES; n++)); do
		printf '%s %s' "$1" $n >"$(device 1)" || return 1
	done
}

# Whether a write finds the disk busy is chance, if not a small one.
left_some()
{
	began raftval-store || { traced write_many busy && began raftval-store; }
}

read_disk()
{
	while :; do
		dd if="$DISK" of=/dev/null bs=4096 count=64 iflag=direct 2>/dev/null
	done
}

modprobe -q -a sd_mod 2>/dev/null
plan 8
modprobe scsi_debug dev_size_mb=8 max_queue=1 ndelay=2000000 2>/dev/null ||
	die "there is no scsi_debug"
check "there is a disk" wait_for 10 scsi_disk
DISK=$(scsi_disk)
ln -s "$DISK" "$TMP/disk1"
STORES=$TMP/disk
[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE || die "no tracefs"
echo 1 >$TRACE/tracing_on
make_cluster 1
check "host1 leads" wait_for 20 attr_is 1 role leader

check "an idle disk: all writes are acknowledged" traced write_many idle
check "the node's thread has begun them" began raftval/n1
for _ in 1 2 3 4; do
	read_disk &
done
check "a busy disk: all writes are acknowledged" traced write_many busy
check "the store's thread has begun some" wait_for 20 left_some
before=$(attr 1 revision)
{ down 1 && up 1; } >/dev/null || die "it does not come back"
check "the last one is there after a restart" wait_for 20 holds "busy $WRITES" 1
is "and the revision is the same" "$before" "$(attr 1 revision)"
